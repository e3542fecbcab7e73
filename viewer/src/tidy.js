/**
 * Round numbers for legends.
 *
 * A legend that shows 1,234 for a class that begins at 1,233.71 tells a small lie. These functions choose the boundary
 * itself to be round, so that what is written is exactly what separates the colours.
 */

/** The roundest number in (low, high], the nearest to their middle among equals. Needs low < high. */
export function roundestBetween(low, high) {
  for (let power = Math.floor(Math.log10(high - low)) + 1; power >= -15; power--) {
    const found = multipleBetween(low, high, power);
    if (found !== null) return found;
  }
  return high;
}

/** `value` rounded to the hundredth part of `step`'s leading digit: at most half a percent of the step away. */
export function roundToStep(value, step) {
  const power = Math.floor(Math.log10(step)) - 2;
  return times(Math.round(over(value, power)), power);
}

function multipleBetween(low, high, power) {
  const middle = times(Math.round(over((low + high) / 2, power)), power);
  if (middle > low && middle <= high) return middle;
  const first = times(Math.floor(over(low, power)) + 1, power);
  return first > low && first <= high ? first : null;
}

// Dividing by a whole power of ten rounds once; multiplying by 0.001 would round twice and show 0.30000000000000004.
// Adding nothing turns -0, which would be written with its sign, into 0.
function times(count, power) {
  return (power >= 0 ? count * 10 ** power : count / 10 ** -power) + 0;
}

function over(value, power) {
  return power >= 0 ? value / 10 ** power : value * 10 ** -power;
}
