/** Colours of the themes, told apart with any of the common colour blindnesses (Okabe and Ito 2008, darkened for paper). */
const COLORS = ['#d55e00', '#0072b2', '#009e73', '#7b4fa3', '#8c5a14', '#3a9bd1', '#d89a00', '#c2699a'];
const OTHERS = '#4d4d4d';

/** Colour of a theme of the project; grey after the eighth, which no reader would tell from the seven before. */
export function themeColor(themes, theme) {
  return COLORS[themes.indexOf(theme)] ?? OTHERS;
}
