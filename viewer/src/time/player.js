/** Shows one step after the other, none before the last one is on the map. */

const STEP_MS = 1200;
/** A slow server is not waited for without end. */
const DRAWN_MS = 8000;

/**
 * @param {() => boolean} next shows the next step; false when there is none
 * @param {() => Promise<void>} drawn when what is shown now is on the map
 * @param {(on: boolean) => void} tell hears whether it plays
 */
export function createPlayer(next, drawn, tell) {
  let turn = 0;

  async function play() {
    const own = ++turn;
    tell(true);
    while (own === turn && next()) await Promise.all([pause(STEP_MS), Promise.race([drawn(), pause(DRAWN_MS)])]);
    if (own === turn) stop();
  }

  function stop() {
    turn++;
    tell(false);
  }

  document.addEventListener('visibilitychange', () => document.hidden && stop());
  return { play, stop };
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
