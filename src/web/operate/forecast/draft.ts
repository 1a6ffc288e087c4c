/** A scenario as it is typed: which drivers are moved to what, and the way back to what was. */
import type { ScenarioDraft } from '../../../api/contract/plans.ts';
import type {
  BaseLine,
  DriverChange,
  LeverName,
  Projection,
  ScenarioDriver,
} from '../../../operate/forecast/scenario.ts';
import { CHANGE_BASES, LEVERS, SCENARIO_DRIVERS } from '../../../operate/forecast/scenario.ts';

export type Headline = Projection['months'][number]['headline'];
type SaidChange = ScenarioDraft['changes'][number];

/** The drivers that have a slider, in the order in which a cost is multiplied. */
export const RAIL = [
  'actions',
  'fanOut',
  'calls',
  'inputTokens',
  'outputTokens',
  'cachedShare',
  'rate',
] as const;
export type RailDriver = (typeof RAIL)[number];

/** Which change is meant: one of a driver, of a workflow or all, of a model or all; levers are changes of their own. */
export interface ChangeKey {
  readonly driver: ScenarioDriver;
  readonly workflow?: string | undefined;
  readonly model?: string | undefined;
  readonly lever?: LeverName | undefined;
}

export function isSame(one: ChangeKey, other: ChangeKey): boolean {
  return (
    one.driver === other.driver &&
    one.workflow === other.workflow &&
    one.model === other.model &&
    one.lever === other.lever
  );
}

export function changeOf(changes: readonly DriverChange[], key: ChangeKey): DriverChange | undefined {
  return changes.find((one) => isSame(one, key));
}

export function without(changes: readonly DriverChange[], key: ChangeKey): DriverChange[] {
  return changes.filter((one) => !isSame(one, key));
}

/** In its place where there was one, else at the end. */
export function withChange(changes: readonly DriverChange[], change: DriverChange): DriverChange[] {
  const at = changes.findIndex((one) => isSame(one, change));
  return at === -1 ? [...changes, change] : changes.with(at, change);
}

/** What a driver is in a month, where it is known. */
export function valueIn(headline: Headline | undefined, driver: RailDriver): number | undefined {
  const value = headline?.[driver];
  return value === null || value === undefined || !Number.isFinite(value) ? undefined : value;
}

/** The lines that a change would concern. */
export function concerned(base: readonly BaseLine[], workflow: string | undefined): readonly BaseLine[] {
  return workflow === undefined ? base : base.filter((one) => one.workflow === workflow);
}

interface Move {
  readonly key: ChangeKey;
  /** What it comes to in the last month. */
  readonly value: number;
  /** What it would be there as things go. */
  readonly from: number;
  /** Whether the key concerns several workflows: then all go up or down alike. */
  readonly several: boolean;
}

/**
 * Moves a driver. Of several workflows at once only a factor makes sense, since one value would make them alike; a share is a value
 * either way. Dates and words that were given stay; how sure it was does not, once the value has left that range.
 */
export function moved(changes: readonly DriverChange[], { key, value, from, several }: Move): DriverChange[] {
  const before = changeOf(changes, key);
  const {
    times: _times,
    to: _to,
    low,
    high,
    ...rest
  } = before ?? { ...keyed(key), basis: 'assumed' as const };
  const isTimes = several && key.driver !== 'cachedShare' && from > 0;
  const said = isTimes ? value / from : value;
  const kept =
    low !== undefined &&
    high !== undefined &&
    low <= said &&
    said <= high &&
    (before?.to === undefined) === isTimes;
  return withChange(changes, {
    ...rest,
    ...(isTimes ? { times: said } : { to: said }),
    ...(kept && { low, high }),
  });
}

function keyed({ driver, workflow, model, lever }: ChangeKey): Omit<DriverChange, 'basis'> {
  return {
    driver,
    ...(workflow !== undefined && { workflow }),
    ...(model !== undefined && { model }),
    ...(lever !== undefined && { lever }),
  };
}

/** What a change comes to, from what would be; and back. */
export function endOfChange({ times, to }: Pick<DriverChange, 'times' | 'to'>, from: number): number {
  return to ?? from * (times ?? 1);
}

/** Words and dates of a change. Empty text takes them away. */
export function described(
  change: DriverChange,
  { from, until, low, high, note }: Readonly<Record<'from' | 'until' | 'low' | 'high' | 'note', string>>,
): DriverChange {
  const { from: _1, until: _2, low: _3, high: _4, note: _5, ...rest } = change;
  const [least, most] = [numberOf(low), numberOf(high)];
  return {
    ...rest,
    ...(from !== '' && { from }),
    ...(from !== '' && until !== '' && { until }),
    ...(least !== undefined && { low: least }),
    ...(most !== undefined && { high: most }),
    ...(note !== '' && { note }),
  };
}

/** A number as people write it, with separators or a percent sign. */
export function numberOf(text: string): number | undefined {
  const bare = text.trim().replaceAll(/[,\s$×]/g, '');
  const isPercent = bare.endsWith('%');
  const digits = isPercent ? bare.slice(0, -1) : bare;
  if (!/^\d*\.?\d+$/.test(digits)) return undefined;
  return isPercent ? Number(digits) / 100 : Number(digits);
}

/** As the maths takes it: what nobody said is absent, and what has no basis is assumed. */
export function changeFrom(said: SaidChange): DriverChange {
  const given = Object.entries(said).filter(([, value]) => value !== undefined);
  return { ...(Object.fromEntries(given) as unknown as DriverChange), basis: said.basis ?? 'assumed' };
}

/** The draft in the address; text that is none of ours is no draft. */
export function draftFrom(text: string): DriverChange[] {
  if (text === '') return [];
  try {
    const found: unknown = JSON.parse(text);
    return Array.isArray(found) && found.every(isSaid) ? found.map(changeFrom) : [];
  } catch {
    return [];
  }
}

export function draftText(changes: readonly DriverChange[]): string {
  return changes.length === 0 ? '' : JSON.stringify(changes);
}

const NUMBERS = ['times', 'to', 'low', 'high'];
const TEXTS = ['workflow', 'model', 'from', 'until', 'evidence', 'note'];

/** Whether something from outside has the form of a change. Whether it makes sense is asked with the base. */
export function isSaid(one: unknown): one is SaidChange {
  if (typeof one !== 'object' || one === null) return false;
  return (
    Object.entries(one).every(([name, value]) => {
      if (name === 'driver') return (SCENARIO_DRIVERS as readonly unknown[]).includes(value);
      if (name === 'basis') return (CHANGE_BASES as readonly unknown[]).includes(value);
      if (name === 'lever') return (LEVERS as readonly unknown[]).includes(value);
      if (NUMBERS.includes(name)) return typeof value === 'number';
      return TEXTS.includes(name) && typeof value === 'string';
    }) && 'driver' in one
  );
}
