/**
 * A demand that is being written: its fields, what is wrong with them, and the key under which it is sent, again and again
 * if need be, without being registered twice.
 *
 * @typedef {object} Draft
 * @property {string} key idempotency key of this form
 * @property {string} theme @property {string} title @property {string} description
 * @property {string} votes as it was typed @property {string} assembly id of the assembly that raised it
 * @property {{lng: number, lat: number}|null} place
 * @property {string|null} district its key, where no point is known
 */

export const TITLE_MAX = 200;
export const DESCRIPTION_MAX = 10_000;
export const VOTES_MAX = 10_000_000;
const ASSEMBLY_MAX = 100;

/** An empty form. */
export function newDraft() {
  return {
    key: newKey(),
    theme: '',
    title: '',
    description: '',
    votes: '1',
    assembly: '',
    place: null,
    district: null,
  };
}

/** A UUID (RFC 9562, version 4). `crypto.randomUUID` is missing where a page is not served over https. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The draft that was kept as text; null where it is none. */
export function readDraft(text) {
  try {
    const kept = JSON.parse(text);
    const empty = newDraft();
    const isWhole = kept !== null && Object.keys(empty).every((name) => name in kept);
    const words = ['key', 'theme', 'title', 'description', 'votes', 'assembly'];
    const isPlaced = kept?.place === null || [kept?.place?.lng, kept?.place?.lat].every(Number.isFinite);
    return isWhole && isPlaced && words.every((name) => typeof kept[name] === 'string') ? kept : null;
  } catch {
    return null;
  }
}

/** Whether anything was written that would be lost. */
export function isBegun({ title, description }) {
  return title.trim() !== '' || description.trim() !== '';
}

/** What is wrong before it is sent: the text of a message for each field. */
export function faultsOf({ theme, title, description, votes, assembly, place, district }) {
  const length = (text) => [...text.trim()].length;
  const count = Number(votes);
  const isCount = /^\d+$/.test(votes.trim()) && count <= VOTES_MAX;
  const faults = [
    !theme && ['theme', 'proposal.needsTheme'],
    length(title) === 0 && ['title', 'proposal.needsTitle'],
    length(title) > TITLE_MAX && ['title', 'proposal.tooLong'],
    length(description) > DESCRIPTION_MAX && ['description', 'proposal.tooLong'],
    !isCount && ['votes', 'proposal.needsVotes'],
    length(assembly) > ASSEMBLY_MAX && ['assembly', 'proposal.tooLong'],
    !place && !district && ['location', 'proposal.needsPlace'],
  ];
  return Object.fromEntries(faults.filter(Boolean).reverse());
}

/** The body of the request that registers it. */
export function bodyOf({ theme, title, description, votes, assembly, place, district }) {
  return {
    theme,
    title: title.trim(),
    ...(description.trim() && { description: description.trim() }),
    votes: Number(votes),
    ...(assembly.trim() && { assembly: assembly.trim() }),
    ...(place ? { location: { type: 'Point', coordinates: [place.lng, place.lat] } } : { district }),
  };
}

/** The field that a problem document is about; null where it names none of the form. */
export function fieldOf({ parameter }) {
  const field = String(parameter ?? '').split(/[.[]/)[0];
  const own = { lon: 'location', lat: 'location', coordinates: 'location', district: 'location' }[field] ?? field;
  return ['theme', 'title', 'description', 'votes', 'assembly', 'location'].includes(own) ? own : null;
}
