/** The place on the right that cards share: the topmost open one is seen, and the map keeps clear of it. */

/** Shows or hides a card. */
export function revealCard(root, on) {
  root.hidden = !on;
  const anyOpen = [...document.querySelectorAll('.card')].some((one) => !one.hidden);
  document.body.classList.toggle('has-card', anyOpen);
}

/** Escape closes the card while it is open. Cards that lie above others ask for this before them. */
export function closeOnEscape(root, close) {
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || root.hidden) return;
    event.preventDefault();
    close();
  });
}
