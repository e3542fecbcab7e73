/** Icons drawn as strokes on a 20 × 20 grid. They decorate: the element around them carries the words. */
const SHAPES = {
  close: 'M5 5 15 15M15 5 5 15',
  plus: 'M10 4V16M4 10H16',
  minus: 'M4 10H16',
  home: 'M3 7V3H7M13 3H17V7M17 13V17H13M7 17H3V13M7 7H13V13H7Z',
  search: 'M9 3.5A5.5 5.5 0 1 0 9 14.5A5.5 5.5 0 1 0 9 3.5M13 13 17 17',
  table: 'M3 4H17V16H3ZM3 8H17M3 12H17M8.5 4V16',
  check: 'M4 10.5 8.5 15 16.5 5.5',
  cross: 'M5.5 5.5 14.5 14.5M14.5 5.5 5.5 14.5',
  download: 'M10 3V12M6 8.5 10 12.5 14 8.5M4 16.5H16',
  page: 'M5 2.5H12L15.5 6V17.5H5ZM12 2.5V6H15.5M7.5 9.5H13M7.5 13H13',
  chevron: 'M5 12.5 10 7.5 15 12.5',
  play: 'M6 3.5 16 10 6 16.5Z',
  pause: 'M7 4V16M13 4V16',
  back: 'M12.5 5 7.5 10 12.5 15',
  next: 'M7.5 5 12.5 10 7.5 15',
  pin: 'M10 17.5C6.5 13.5 4.5 10.5 4.5 8A5.5 5.5 0 0 1 15.5 8C15.5 10.5 13.5 13.5 10 17.5ZM10 6V10M8 8H12',
  key: 'M7 8.5A4 4 0 1 0 7 16.4A4 4 0 1 0 7 8.5M9.8 9.6 16 3.5M13 6.5 15.5 9',
  move: 'M10 3V17M3 10H17M10 3 7.5 5.5M10 3 12.5 5.5M10 17 7.5 14.5M10 17 12.5 14.5M3 10 5.5 7.5M3 10 5.5 12.5M17 10 14.5 7.5M17 10 14.5 12.5',
  frame: 'M7.5 3H3V7.5M12.5 3H17V7.5M17 12.5V17H12.5M7.5 17H3V12.5',
};

export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', SHAPES[name]);
  svg.append(path);
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  return svg;
}
