/** Order statistics and sums on plain arrays of doubles. */

/** The middle value, or the mean of the two in the middle; not a number for an empty list. Reorders the list. */
export function medianInPlace(values: Float64Array): number {
  const count = values.length;
  if (count === 0) return NaN;
  const middle = count >> 1;
  const upper = select(values, middle);
  if (count % 2 === 1) return upper;
  let lower = values[0]!;
  for (let at = 1; at < middle; at += 1) if (values[at]! > lower) lower = values[at]!;
  return (lower + upper) / 2;
}

/** Hoare's selection: the value of that rank, with all below it to its left. Linear, where a sort is not. */
function select(values: Float64Array, rank: number): number {
  let from = 0;
  let to = values.length - 1;
  while (from < to) {
    const pivot = values[(from + to) >> 1]!;
    let low = from;
    let high = to;
    while (low <= high) {
      while (values[low]! < pivot) low += 1;
      while (values[high]! > pivot) high -= 1;
      if (low > high) break;
      const value = values[low]!;
      values[low++] = values[high]!;
      values[high--] = value;
    }
    if (rank <= high) to = high;
    else if (rank >= low) from = low;
    else break;
  }
  return values[rank]!;
}

export function median(values: ArrayLike<number>): number {
  return medianInPlace(Float64Array.from(values));
}

/** Middle of the first `count` of a short list by insertion, which is quicker than a sort; reorders them. */
export function medianOfFew(values: Float64Array, count: number): number {
  for (let at = 1; at < count; at += 1) {
    const value = values[at]!;
    let to = at - 1;
    while (to >= 0 && values[to]! > value) {
      values[to + 1] = values[to]!;
      to -= 1;
    }
    values[to + 1] = value;
  }
  const middle = count >> 1;
  if (count === 0) return NaN;
  return count % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
}

export function mean(values: Float64Array, from = 0, to = values.length): number {
  let sum = 0;
  for (let at = from; at < to; at += 1) sum += values[at]!;
  return sum / (to - from);
}

/** Spread of a normal sample by the median of absolute values, which outliers hardly move. */
export function robustSpread(values: ArrayLike<number>): number {
  const sizes = Float64Array.from(values);
  for (let at = 0; at < sizes.length; at += 1) sizes[at] = Math.abs(sizes[at]!);
  return 1.4826 * medianInPlace(sizes);
}

/** Median over a window of `width` around each step; at both ends the nearest whole window. */
export function rollingMedian(values: Float64Array, width: number): Float64Array {
  const count = values.length;
  const size = Math.min(width, count);
  const result = new Float64Array(count);
  const sorted = values.subarray(0, size).toSorted();
  const half = size >> 1;
  let from = 0;
  for (let at = 0; at < count; at += 1) {
    const wanted = Math.min(Math.max(0, at - half), count - size);
    while (from < wanted) {
      replaceSorted(sorted, values[from]!, values[from + size]!);
      from += 1;
    }
    result[at] = size % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
  }
  return result;
}

function replaceSorted(sorted: Float64Array, old: number, next: number): void {
  let at = searchSorted(sorted, old);
  while (at + 1 < sorted.length && sorted[at + 1]! < next) {
    sorted[at] = sorted[at + 1]!;
    at += 1;
  }
  while (at > 0 && sorted[at - 1]! > next) {
    sorted[at] = sorted[at - 1]!;
    at -= 1;
  }
  sorted[at] = next;
}

/** Index of the first element that is not below the value. */
export function searchSorted(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Quantile of a standard normal, off by less than 4.5e-4 (Abramowitz & Stegun 26.2.23). */
export function normalQuantile(share: number): number {
  const tail = Math.min(share, 1 - share);
  const t = Math.sqrt(-2 * Math.log(tail));
  const value =
    t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  return share < 0.5 ? -value : value;
}

/** A list of things not known. */
export function unknowns(count: number): number[] {
  return Array.from({ length: count }, () => NaN);
}
