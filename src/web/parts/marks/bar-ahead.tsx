/** What is not known of a bucket: its rest, while it is not over, and all of it where nothing was measured. */
import type { scaleBand, scaleLinear } from '@visx/scale';

import { barMoney, DOLLAR } from './bars.ts';
import type { BarBucket } from './bars.ts';
import { hatch } from './hatches.tsx';
import { topOf } from './stack.ts';
import type { StackPart } from './stack.ts';

interface BarAheadProps {
  readonly id: string;
  readonly buckets: readonly BarBucket[];
  readonly stacks: readonly (readonly StackPart[])[];
  readonly x: ReturnType<typeof scaleBand<number>>;
  readonly y: ReturnType<typeof scaleLinear<number>>;
}

export function BarAhead({ id, buckets, stacks, x, y }: BarAheadProps) {
  const [floor, top] = y.range() as [number, number];
  const width = x.bandwidth();
  const level = (amount: bigint): number => y(Number(amount) / DOLLAR);
  return buckets.map(({ key, label, partial, unknown, expected }, at) => {
    const left = x(at) ?? 0;
    if (unknown === true)
      return (
        <rect key={key} x={left} y={top} width={width} height={floor - top} style={{ fill: hatch(id, 'q') }}>
          <title>{label}: not measured</title>
        </rect>
      );
    const reached = topOf(stacks[at] ?? []);
    if (!partial || expected === undefined || expected <= reached) return null;
    return (
      <rect
        key={key}
        className="f-rest"
        x={left + 0.5}
        y={level(expected)}
        width={Math.max(width - 1, 1)}
        height={level(reached) - level(expected)}
      >
        <title>
          {label}: expected {barMoney(expected)}
        </title>
      </rect>
    );
  });
}
