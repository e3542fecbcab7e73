/** Elements without HTML text: whatever a server says goes in as text nodes and can never become markup. */

/**
 * @param {string} tag
 * @param {Record<string, unknown>} attributes `on…` listens, `class` and the rest are set as attributes; false and null
 *   leave them out, true sets them empty
 * @param {...(Node|string|number|null|false|undefined|Array)} children
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...present(children));
  return element;
}

/** Replaces everything inside `parent`. */
export function fill(parent, ...children) {
  parent.replaceChildren(...present(children));
}

/** Fills `parent` and keeps the keyboard where it was: on the element with the same id. */
export function refill(parent, ...children) {
  const id = parent.contains(document.activeElement) ? document.activeElement.id : null;
  fill(parent, ...children);
  if (id) document.getElementById(id)?.focus({ preventScroll: true });
}

function setAttribute(element, name, value) {
  if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
  else if (value === true) element.setAttribute(name, '');
  else if (value !== false && value != null) element.setAttribute(name, value);
}

function present(children) {
  return children.flat(3).filter((child) => child !== null && child !== undefined && child !== false && child !== '');
}
