/** Notices that the server has read its data again, and shows the new ones without a reload. */

const EVERY_MS = 30_000;

/**
 * @param {import('./app.js').App} app
 * @param {() => void} refresh everything that shows data
 * @returns {{look: () => Promise<boolean>}} to look at once, after a write of one's own
 */
export function watchGeneration(app, refresh) {
  async function look() {
    const catalog = await app.api.catalog().catch(() => null);
    if (!catalog || catalog.generation === app.catalog.generation) return false;
    Object.assign(app.catalog, catalog);
    app.api.useGeneration(catalog.generation);
    refresh();
    return true;
  }

  async function lookAndTell() {
    if (!document.hidden && (await look())) app.status.say(app.t('updated'));
  }

  setInterval(lookAndTell, EVERY_MS);
  document.addEventListener('visibilitychange', lookAndTell);
  return { look };
}
