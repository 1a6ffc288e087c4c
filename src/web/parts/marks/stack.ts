/** The geometry of stacked bars: which part of a bucket stands where, in amounts. Pure; lengths are the drawing's business. */

export interface StackPart {
  readonly series: number;
  /** Picodollars, from the base line; parts below zero are stacked downwards. */
  readonly from: bigint;
  readonly to: bigint;
}

export interface StackInput {
  readonly buckets: number;
  /** One list per series, one amount per bucket. */
  readonly amounts: readonly (readonly bigint[])[];
  readonly cumulative: boolean;
}

/** For each bucket its parts, the first series at the base line. */
export function stacked({ buckets, amounts, cumulative }: StackInput): StackPart[][] {
  const running = amounts.map(() => 0n);
  return Array.from({ length: buckets }, (_, bucket) => {
    let above = 0n;
    let below = 0n;
    return amounts.map((its, series) => {
      const own = its[bucket] ?? 0n;
      const amount = cumulative ? (running[series] = (running[series] ?? 0n) + own) : own;
      if (amount < 0n) {
        below += amount;
        return { series, from: below - amount, to: below };
      }
      above += amount;
      return { series, from: above - amount, to: above };
    });
  });
}

export function runningSums(amounts: readonly (bigint | undefined)[]): Array<bigint | undefined> {
  let sum = 0n;
  return amounts.map((amount) => (amount === undefined ? undefined : (sum += amount)));
}

/** Lowest and highest level, the base line always among them. */
export function extent(
  stacks: readonly StackPart[][],
  ghost: readonly (bigint | undefined)[],
): [bigint, bigint] {
  let [least, most] = [0n, 0n];
  for (const { to } of stacks.flat()) {
    if (to < least) least = to;
    if (to > most) most = to;
  }
  for (const amount of ghost) if (amount !== undefined && amount > most) most = amount;
  for (const amount of ghost) if (amount !== undefined && amount < least) least = amount;
  return [least, most];
}

/** The highest level of a bucket, the base line where nothing stands on it. */
export function topOf(parts: readonly StackPart[]): bigint {
  return parts.reduce((top, { to }) => (to > top ? to : top), 0n);
}

/** Every how many buckets a label fits: 1, 2, 5, 7, 14, 30 … */
export function labelStep(buckets: number, slot: number, labelWidth: number): number {
  const steps = [1, 2, 3, 5, 7, 14, 30, 60, 90, 180, 365];
  return steps.find((step) => step * slot >= labelWidth) ?? Math.max(1, buckets);
}
