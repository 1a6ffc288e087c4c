/** The geometry of a sparkline: the base line is always inside, so that a small wiggle is not made a mountain. */

export interface SparkPoint {
  readonly x: number;
  readonly y: number;
}

interface SparkBox {
  readonly width: number;
  readonly height: number;
  readonly edge: number;
}

/** One point per amount, from left to right. A single amount stands at the right, where the last one of many does. */
export function sparkPoints(amounts: readonly bigint[], { width, height, edge }: SparkBox): SparkPoint[] {
  const values = amounts.map(Number);
  const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
  const reach = most - least || 1;
  const last = values.length - 1;
  return values.map((value, at) => ({
    x: last === 0 ? width - edge : edge + ((width - 2 * edge) * at) / last,
    y: height - edge - ((height - 2 * edge) * (value - least)) / reach,
  }));
}
