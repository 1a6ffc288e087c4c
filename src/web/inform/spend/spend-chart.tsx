/** The bars of the spend and overview pages, from what the server said. */
import { dateFormat } from '../../../units/date-format.ts';
import { formatDollars, parseDollars } from '../../../units/money.ts';
import { changePercent, moneyText } from '../../../units/figures.ts';
import { addDays, weekdayOf } from '../../parts/days.ts';
import { dimensionLabel } from '../../parts/dimensions.ts';
import type { HueOf } from '../../parts/hues.ts';
import { periodText, stretchText } from '../../parts/instants.ts';
import { SpendBars } from '../../parts/marks/spend-bars.tsx';
import type { BarBucket, BarSeries } from '../../parts/marks/bars.ts';
import type { BarNote } from '../../parts/marks/note-shape.ts';
import { clockAt } from './buckets.ts';
import type { Bucket, Grain } from './buckets.ts';
import type { Spend } from './spend-data.ts';
import type { SpendSeries } from './series.ts';

const DAYS_A_WEEK = 7;

interface SpendChartProps {
  readonly spend: Spend;
  readonly by: string;
  readonly grain: Grain;
  readonly kind: 'bars' | 'cumulative';
  readonly hueOf: HueOf;
  readonly lit: string | undefined;
  readonly onLit: (name: string | undefined) => void;
  readonly onOpen: (bucket: Bucket, condition: string | undefined) => void;
  readonly onRange: (first: Bucket, last: Bucket) => void;
  readonly notes?: readonly BarNote[];
  readonly height?: number;
}

/** The name that the rest goes by where a series is lit; no value of a dimension is called so. */
const REST = '\u0000rest';

export function SpendChart(props: SpendChartProps) {
  const { spend, by, grain, kind, hueOf, lit, onLit, onOpen, onRange, notes = [], height } = props;
  const { answer, buckets, before } = spend;
  if (answer === undefined) return null;
  const series = spend.series.map((one) => barSeries(one, by, hueOf));
  const ghost =
    before === undefined || answer.compared === undefined
      ? []
      : ghostOf(
          buckets,
          before.rows,
          grain,
          clockAt(Date.parse(answer.compared.during.from), answer.timeZone).date,
        );
  const conditionOf = (name: string | undefined): string | undefined =>
    name === undefined || name === REST ? undefined : `${by}=${name}`;
  return (
    <SpendBars
      buckets={buckets.map((bucket) => barBucket(bucket, grain))}
      series={series}
      ghost={ghost}
      caption={captionOf(spend)}
      {...{ kind, lit, onLit, notes }}
      {...(height !== undefined && { height })}
      onOpen={(at, name) => {
        const bucket = buckets[at];
        if (bucket !== undefined) onOpen(bucket, conditionOf(name));
      }}
      onRange={(first, last) => {
        const [from, to] = [buckets[first], buckets[last]];
        if (from !== undefined && to !== undefined) onRange(from, to);
      }}
    />
  );
}

function barSeries({ name, rest, amounts }: SpendSeries, by: string, hueOf: HueOf): BarSeries {
  if (rest) return { name: REST, label: 'Everything else', hue: 'k0', amounts };
  const label = name === '' ? `no ${dimensionLabel(by).toLowerCase()} named` : name;
  return { name, label, hue: hueOf(name), amounts };
}

export function barBucket({ key, startsAt, partial }: Bucket, grain: Grain): BarBucket {
  const date = new Date(`${startsAt.slice(0, 10)}T00:00:00Z`);
  const text = (options: Intl.DateTimeFormatOptions): string =>
    dateFormat('en-GB', { timeZone: 'UTC', ...options }).format(date);
  const label =
    grain === 'hour'
      ? startsAt.slice(11)
      : grain === 'month'
        ? text({ month: 'short', year: '2-digit' })
        : text({ day: 'numeric', month: 'short' });
  return { key, label, partial };
}

/** By place in the period; days behind the nearest day of the same weekday, since a Sunday says nothing about a Thursday. */
export function ghostOf(
  buckets: readonly Bucket[],
  rows: NonNullable<Spend['before']>['rows'],
  grain: Grain,
  firstDay: string,
): Array<bigint | undefined> {
  const costs = new Map(
    rows.map(({ group, figures }) => [group[0] ?? '', parseDollars(figures.cost ?? '0')] as const),
  );
  if (grain !== 'day') {
    const inOrder = [...costs].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, cost]) => cost);
    return buckets.map((_, at) => inOrder[at]);
  }
  const first = buckets[0]?.startsAt ?? firstDay;
  const ahead = (weekdayOf(first) - weekdayOf(firstDay) + DAYS_A_WEEK) % DAYS_A_WEEK;
  const shift = ahead > DAYS_A_WEEK / 2 ? ahead - DAYS_A_WEEK : ahead;
  return buckets.map((_, at) => costs.get(addDays(firstDay, at + shift)));
}

/** The sentence under the chart, and what a screen reader hears of it. */
function captionOf({ answer, buckets }: Spend): string {
  if (answer === undefined) return '';
  const total = moneyText(answer.total.cost ?? '0');
  const period = periodText(answer.during, answer.timeZone);
  const partial = buckets.at(-1)?.partial === true ? ' The last bar is not over yet.' : '';
  if (answer.compared === undefined) return `${total} in ${period}.${partial}`;
  const was = parseDollars(answer.compared.total.cost ?? '0');
  const change = parseDollars(answer.total.cost ?? '0') - was;
  const before = stretchText(answer.compared.during, answer.timeZone);
  const against =
    was > 0n && change !== 0n
      ? `, ${changePercent(was, change)} on ${moneyText(formatDollars(was))} in ${before}, which stands behind in grey`
      : '';
  return `${total} in ${period}${against}.${partial}`;
}
