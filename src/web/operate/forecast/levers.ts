/** What engineering could do, as changes of drivers. Until a gate or the ledger has shown an effect, it is assumed and marked so. */
import type { DriverChange, LeverName } from '../../../operate/forecast/scenario.ts';
import { changeOf, withChange, without } from './draft.ts';

interface Lever {
  readonly lever: LeverName;
  readonly label: string;
  readonly driver: DriverChange['driver'];
  /** What its per cents mean. */
  readonly text: string;
  /** Per cent that the driver falls, or comes to. */
  readonly form: 'less' | 'to';
}

export const LEVERS_OFFERED: readonly Lever[] = [
  {
    lever: 'compression',
    label: 'Compression',
    driver: 'inputTokens',
    text: 'fewer input tokens',
    form: 'less',
  },
  { lever: 'routing', label: 'Routing', driver: 'rate', text: 'lower rate', form: 'less' },
  { lever: 'caching', label: 'Caching', driver: 'cachedShare', text: 'of the input cached', form: 'to' },
  { lever: 'policy', label: 'Policy', driver: 'calls', text: 'fewer calls', form: 'less' },
];

/** What it is said to do, in per cent; undefined: it is not used. */
export function percentOf(
  changes: readonly DriverChange[],
  { lever, driver }: Lever,
  workflow: string | undefined,
): number | undefined {
  const change = changeOf(changes, { driver, lever, workflow });
  if (change === undefined) return undefined;
  const percent = change.to === undefined ? (1 - (change.times ?? 1)) * 100 : change.to * 100;
  return Math.round(percent * 10) / 10;
}

/** @param percent undefined or, of what falls, zero: it is not used. */
export function withLever(
  changes: readonly DriverChange[],
  { lever, driver, form }: Lever,
  { percent, workflow }: { readonly percent: number | undefined; readonly workflow: string | undefined },
): DriverChange[] {
  const key = { driver, lever, workflow };
  if (percent === undefined || (percent === 0 && form === 'less')) return without(changes, key);
  const share = Math.min(Math.max(percent, 0), 100) / 100;
  const before = changeOf(changes, key);
  const {
    times: _times,
    to: _to,
    ...rest
  } = before ?? {
    driver,
    lever,
    ...(workflow !== undefined && { workflow }),
    basis: 'assumed' as const,
  };
  return withChange(changes, { ...rest, ...(form === 'to' ? { to: share } : { times: 1 - share }) });
}
