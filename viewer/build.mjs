/**
 * Builds the page into dist/: one script, one worker, one style sheet, each named by its content so that it can be
 * cached for ever, and an index.html that names them.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const here = (path) => new URL(path, import.meta.url).pathname;
const MAPLIBRE = 'node_modules/maplibre-gl';

await rm(here('dist'), { recursive: true, force: true });
await mkdir(here('dist/assets'), { recursive: true });

const worker = await write('maplibre-worker', 'js', await readFile(here(`${MAPLIBRE}/dist/maplibre-gl-worker.mjs`)));
const script = await write(
  'comarca',
  'js',
  await bundle('src/main.js', { WORKER_FILE: JSON.stringify(`./${worker}`) }),
);
const style = await write('comarca', 'css', await bundle('src/style.css'));
const page = await readFile(here('src/index.html'), 'utf8');
await writeFile(
  here('dist/index.html'),
  page.replace('SCRIPT_FILE', `assets/${script}`).replace('STYLE_FILE', `assets/${style}`),
);
await writeFile(here('dist/licences.txt'), await licences());

async function bundle(entry, define = {}) {
  const { outputFiles } = await build({
    entryPoints: [here(entry)],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: ['es2022', 'chrome110', 'firefox115', 'safari16.4'],
    legalComments: 'none',
    external: ['data:*'],
    define,
  });
  return outputFiles[0].contents;
}

async function write(name, extension, content) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10);
  const file = `${name}-${hash}.${extension}`;
  await writeFile(here(`dist/assets/${file}`), content);
  return file;
}

async function licences() {
  const maplibre = await readFile(here(`${MAPLIBRE}/LICENSE.txt`), 'utf8');
  const colours = await readFile(here('src/licences/colorbrewer.txt'), 'utf8');
  return `MapLibre GL JS\n==============\n\n${maplibre.trim()}\n\n\nColorBrewer (colours YlGnBu and YlOrBr)\n=======================================\n\n${colours}`;
}
