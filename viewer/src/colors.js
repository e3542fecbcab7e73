/**
 * Colours, all of them told apart by readers with any of the common colour blindnesses and in greyscale print.
 *
 * YlGnBu and YlOrBr: ColorBrewer 2.0 (Cynthia Brewer, Apache-2.0). Viridis: Smith and van der Walt (CC0). Cividis: Nuñez,
 * Anderton, Renslow (2018). Categories: Okabe and Ito (2008).
 */

/** Rising from light to dark: more is darker, as readers expect on a light ground. */
export const PALETTES = {
  ylgnbu: ['#edf8b1', '#c7e9b4', '#7fcdbb', '#41b6c4', '#1d91c0', '#225ea8', '#253494'],
  ylorbr: ['#fff3b5', '#fee391', '#fec44f', '#fe9929', '#ec7014', '#cc4c02', '#993404', '#662506'],
  viridis: ['#fde725', '#addc30', '#5ec962', '#28ae80', '#21918c', '#2c728e', '#3b528b', '#472d7b', '#440154'],
  cividis: ['#fee838', '#e1cc55', '#c3b369', '#a59c74', '#8a8678', '#707173', '#575d6d', '#3b496c', '#123570'],
};

export const NO_DATA = '#d5d9dc';
export const PASSES = '#3b7fb5';
export const FAILS = '#e08214';

const CATEGORIES = ['#4d4d4d', '#d55e00', '#009e73', '#b0578d', '#7b4fa3', '#8c5a14', '#0072b2', '#2f8fbf'];

/** Colour of the `index`-th layer. */
export function categoryColor(index) {
  return CATEGORIES[index % CATEGORIES.length];
}

/** `count` colours of a palette, evenly spaced. One colour is the palette's middle. */
export function ramp(palette, count) {
  const anchors = PALETTES[palette];
  if (count === 1) return [anchors[anchors.length >> 1]];
  return Array.from({ length: count }, (_, i) => at(anchors, (i / (count - 1)) * (anchors.length - 1)));
}

/** Colours of classes against a standard: passing and failing sides of one or two bounds. */
export function standardColors(standard) {
  const colors = [];
  if (standard.min != null) colors.push(FAILS);
  colors.push(PASSES);
  if (standard.max != null) colors.push(FAILS);
  return colors;
}

/** Whether white letters read better on `color` than ink: its relative luminance (WCAG 2) is under a fifth. */
export function isDark(color) {
  const linear = channels(color).map((value) =>
    value / 255 <= 0.04045 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] < 0.2;
}

function at(anchors, position) {
  const low = Math.floor(position);
  const high = Math.min(low + 1, anchors.length - 1);
  return mix(anchors[low], anchors[high], position - low);
}

function mix(from, to, share) {
  const [a, b] = [channels(from), channels(to)];
  const mixed = a.map((value, i) => Math.round(value + (b[i] - value) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

function channels(hex) {
  return [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16));
}
