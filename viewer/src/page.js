/** The frame of the page: its name, its language, and the sheet that narrow screens pull up. */
import { fill, h } from './dom.js';
import { text } from './i18n.js';
import { icon } from './icons.js';
import { languagesOf } from './state.js';

/** @param {import('./app.js').App} app @param {Record<string, HTMLElement>} parts of index.html by id */
export function createPage(app, parts) {
  const render = () => {
    const { name } = app.catalog;
    document.documentElement.lang = app.lang();
    document.title = app.t('title', { name });
    fill(parts.name, name);
    fill(parts.skip, app.t('skip'));
    fill(parts.licences, app.t('licences'));
    parts.panel.setAttribute('aria-label', app.t('panel'));
    fill(parts.languages, languageButtons(app));
    parts.languages.setAttribute('aria-label', app.t('language'));
    parts.sheet.setAttribute('aria-label', app.t('panelToggle'));
  };
  fill(parts.sheet, icon('chevron'));
  // The fragment of the address is the state of the page, so the link may not go there.
  parts.skip.addEventListener('click', (event) => (event.preventDefault(), parts.panel.focus()));
  parts.sheet.addEventListener('click', () => pullSheet(parts));
  app.state.subscribe((_, changed) => changed.has('lang') && render());
  render();
}

function languageButtons(app) {
  const languages = languagesOf(app.catalog);
  if (languages.length < 2) return null;
  const button = (lang) =>
    h(
      'button',
      {
        id: `lang-${lang}`,
        type: 'button',
        lang,
        title: text(lang, 'languageName'),
        'aria-pressed': String(lang === app.lang()),
        onclick: () => speak(app, lang),
      },
      lang.toUpperCase(),
    );
  return languages.map(button);
}

function speak(app, lang) {
  app.state.set({ lang });
  document.getElementById(`lang-${lang}`).focus();
}

function pullSheet({ sheet, panel }) {
  const open = panel.classList.toggle('is-open');
  sheet.setAttribute('aria-expanded', String(open));
}

/** Puts the sheet with the controls down, where the screen is narrow and it is up. */
export function lowerSheet() {
  document.getElementById('panel').classList.remove('is-open');
  document.getElementById('sheet').setAttribute('aria-expanded', 'false');
}
