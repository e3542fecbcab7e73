/** Notices that the server has read its data again, and shows the new ones without a reload. */

const EVERY_MS = 30_000;

/** @param {import('./app.js').App} app @param {() => void} refresh everything that shows data */
export function watchGeneration(app, refresh) {
  async function look() {
    if (document.hidden) return;
    const catalog = await app.api.catalog().catch(() => null);
    if (!catalog || catalog.generation === app.catalog.generation) return;
    Object.assign(app.catalog, catalog);
    app.api.useGeneration(catalog.generation);
    refresh();
    app.status.say(app.t('updated'));
  }
  setInterval(look, EVERY_MS);
  document.addEventListener('visibilitychange', look);
}
