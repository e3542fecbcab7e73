/**
 * For tests and for scripts that print the page: when everything that was asked for is on the screen.
 *
 * `window.comarca.map` is the MapLibre map (null without WebGL). `await window.comarca.ready` waits until no request is
 * under way and the map has drawn all it has; each reading of `ready` waits anew.
 */

/** @param {import('./app.js').App} app */
export function exposeReady(app) {
  window.comarca = {
    map: app.map,
    get ready() {
      return settled(app);
    },
  };
}

/** When no request is under way and the map has drawn what it has. */
export async function settled(app) {
  do {
    await pause();
    if (app.map) await idle(app.map);
  } while (app.status.busy() || (app.map && !app.map.loaded()));
}

/** A browser that draws nothing for a while sends no word of it either; the loop above asks again then. */
function idle(map) {
  return Promise.race([
    new Promise((resolve) => {
      map.once('idle', resolve);
      map.triggerRepaint();
    }),
    new Promise((resolve) => setTimeout(resolve, 2000)),
  ]);
}

function pause() {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
