import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { text, titleOf } from '../../src/i18n.js';
import { LANGUAGES, TEXTS } from '../../src/texts.js';

const keysOf = (group, path = '') =>
  Object.entries(group).flatMap(([key, value]) =>
    typeof value === 'object' && !Array.isArray(value) ? keysOf(value, `${path}${key}.`) : [path + key],
  );

test('every language has the same keys', () => {
  const [first, ...others] = LANGUAGES.map((lang) => keysOf(TEXTS[lang]).sort());
  for (const keys of others) assert.deepEqual(keys, first);
});

test('every text has the same places to fill in every language', () => {
  const places = (lang, key) =>
    [
      ...new Set(JSON.stringify(key.split('.').reduce((group, part) => group[part], TEXTS[lang])).match(/\{\w+\}/g)),
    ].sort();
  for (const key of keysOf(TEXTS.es)) assert.deepEqual(places('en', key), places('es', key), key);
});

test('every text that the page asks for exists and every text is asked for', async () => {
  const source = await pageSource();
  const asked = new Set([...source.matchAll(/(?:\bt|\btext)\((?:\w+, )?'([\w.]+)'/g)].map((match) => match[1]));
  const known = new Set(keysOf(TEXTS.es));
  for (const key of asked) assert.ok(known.has(key), `no text for ${key}`);
  const unused = [...known].filter(
    (key) => !key.includes('.') && !source.includes(`'${key}'`) && !source.includes(`].${key}`),
  );
  assert.deepEqual(unused, []);
});

test('one thing and many things take different forms, and numbers are formatted', () => {
  assert.equal(text('es', 'votes', { count: 1 }), '1 voto');
  assert.equal(text('es', 'votes', { count: 12345 }), '12.345 votos');
  assert.equal(text('en', 'territories', { count: 0 }), '0 territories');
});

test('a theme without a word is shown as the project writes it', () => {
  assert.equal(text('es', 'themes.health'), 'Salud');
  assert.equal(text('es', 'themes.otters'), 'otters');
});

test('a title falls back to another language and then to the id', () => {
  assert.equal(titleOf({ id: 'x', title: { es: 'Uno' } }, 'en'), 'Uno');
  assert.equal(titleOf({ id: 'x', title: 'Plain' }, 'en'), 'Plain');
  assert.equal(titleOf({ id: 'x' }, 'en'), 'x');
});

async function pageSource() {
  const folder = new URL('../../src/', import.meta.url);
  const everything = await readdir(folder, { recursive: true });
  const files = everything.filter((name) => name.endsWith('.js') && !name.startsWith('texts'));
  return (await Promise.all(files.map((name) => readFile(new URL(name, folder), 'utf8')))).join('\n');
}
