/** A marker that the keyboard moves. */

const STEP_PX = 10;
const FAR_STEP_PX = 50;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Arrows move the marker that has the focus, and not the map; with the shift key farther. `moved` hears when the key is let go. */
export function moveByKeys(map, marker, moved) {
  const element = marker.getElement();
  element.addEventListener('keydown', (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    event.stopPropagation();
    const step = event.shiftKey ? FAR_STEP_PX : STEP_PX;
    const at = map.project(marker.getLngLat());
    marker.setLngLat(map.unproject([at.x + arrow[0] * step, at.y + arrow[1] * step]));
  });
  element.addEventListener('keyup', ({ key }) => key in ARROWS && moved());
}

/** A centimetre or so: more digits would only make addresses long. */
export function roundedPlace({ lng, lat }) {
  const short = (degrees) => Math.round(degrees * 1e6) / 1e6;
  return { lng: short(lng), lat: short(lat) };
}
