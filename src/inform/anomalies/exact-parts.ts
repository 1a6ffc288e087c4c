/** Rounding signed parts so that they sum to a known whole. */

const MOST_ROUNDED = 10_000n;

/**
 * The parts `scaled ÷ denominator`, rounded to whole numbers that sum to `whole` (largest remainder; equal remainders go
 * to the earlier part). What `scaled` misses `whole × denominator` by is the rounding of its makers, and is spread the same way.
 * @throws RangeError when it misses by more than rounding can: then the parts are not parts of that whole.
 */
export function splitExactly(whole: bigint, scaled: readonly bigint[], denominator: bigint): bigint[] {
  const floors = scaled.map((part) => floorDivide(part, denominator));
  const remainders = scaled.map((part, at) => part - (floors[at] ?? 0n) * denominator);
  let left = whole - floors.reduce((sum, part) => sum + part, 0n);
  const order = remainders
    .map((remainder, index) => ({ remainder, index }))
    .toSorted((a, b) =>
      a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1,
    );
  if (left > MOST_ROUNDED || -left > MOST_ROUNDED)
    throw new RangeError(`parts that sum to ${whole - left} are not parts of ${whole}`);
  const step = left < 0n ? -1n : 1n;
  const places = left < 0n ? order.toReversed() : order; // what is over is taken from the smallest remainder
  for (let at = 0; left !== 0n && places.length > 0; at = (at + 1) % places.length) {
    const { index } = places[at] as { index: number };
    floors[index] = (floors[index] ?? 0n) + step;
    left -= step;
  }
  return floors;
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}
