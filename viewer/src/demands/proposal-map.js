/** The place of a proposed demand on the map: a marker that is dragged, or moved with the arrows. */
import * as maplibregl from 'maplibre-gl';
import { h } from '../dom.js';
import { icon } from '../icons.js';
import { centreInSight } from '../map.js';
import { moveByKeys, roundedPlace } from '../movable.js';

/** @param {import('../app.js').App} app */
export function createProposalMap(app) {
  const { map, proposal } = app;
  const element = h('button', { id: 'proposal-marker', type: 'button', class: 'proposal-marker' }, icon('pin'));
  const marker = new maplibregl.Marker({ element, draggable: true, anchor: 'bottom' });
  let isOn = false;

  function draw() {
    const { phase, draft } = proposal.value;
    element.setAttribute('aria-label', app.t('proposal.marker'));
    const wanted = phase === 'form' && draft.place !== null;
    if (wanted) marker.setLngLat(draft.place);
    if (wanted && !isOn) marker.addTo(map);
    if (!wanted && isOn) marker.remove();
    isOn = wanted;
  }

  const take = () => proposal.place(roundedPlace(marker.getLngLat()));
  marker.on('dragend', take);
  element.addEventListener('click', (event) => event.stopPropagation());
  moveByKeys(map, marker, take);
  proposal.subscribe(draw);
  app.state.subscribe((_, changed) => changed.has('lang') && draw());
  draw();

  return {
    /** The middle of what is seen of the map, with the keyboard on the marker to move it. */
    placeAtCentre() {
      proposal.place(roundedPlace(centreInSight(map)));
      element.focus();
    },
    /** The cursor over the map, while the next click is the place. */
    cursor: () => (proposal.value.armed ? 'crosshair' : null),
    /** Whether a click is for the proposal, which then takes it. */
    takes({ lngLat }) {
      if (!proposal.value.armed) return false;
      proposal.place(roundedPlace(lngLat));
      return true;
    },
  };
}
