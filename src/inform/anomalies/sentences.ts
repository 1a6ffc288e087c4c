/** The one sentence that begins each page and each finding, made from its figures. */
import { formatDollars } from '../../units/money.ts';
import { moneyText } from '../../units/figures.ts';
import type { Dimension } from '../../ledger/question.ts';
import type { Explanation } from './explain.ts';
import type { Findings, ShapeAnomaly, SpendAnomaly } from './findings.ts';
import type { Change } from './changes.ts';
import { DRIVERS } from './decompose.ts';
import type { Driver } from './decompose.ts';

const DRIVER_WORDS: Readonly<Record<Driver, string>> = {
  calls: 'calls',
  mix: 'mix of workflows and models',
  context: 'context per call',
  tokenMix: 'mix of tokens',
  rate: 'rates',
};

export function changeSentence(change: Change): string {
  const { before, after, effects, beside } = change;
  const difference = after - before;
  if (difference === 0n) return `Spend did not change: ${dollarsText(after)} in both periods.`;
  const share = before > 0n ? ` (${percent(Number(difference) / Number(before))})` : '';
  const moved = DRIVERS.map((driver) => ({ words: DRIVER_WORDS[driver], effect: effects[driver] }))
    .concat(beside === 0n ? [] : [{ words: 'corrections and costs without calls', effect: beside }])
    .filter(({ effect }) => effect !== 0n)
    .toSorted((a, b) => (magnitude(a.effect) < magnitude(b.effect) ? 1 : -1))
    .map(({ words, effect }) => `${words} ${signed(effect)}`);
  return (
    `Spend ${difference > 0n ? 'rose' : 'fell'} ${dollarsText(magnitude(difference))}${share} ` +
    `from ${dollarsText(before)} to ${dollarsText(after)}: ${moved.join(', ')}.${namingText(change)}`
  );
}

const OWNERS: readonly Dimension[] = ['workflow', 'team', 'customer', 'key'];
/** From this change of its share on, spend that got a name (or lost it) is worth a word. */
const NAMED = 0.03;

/**
 * Calls that got an owner leave one cell for others without being other calls, and what is left there is of another
 * shape: the drivers of that cell are about naming, and say so.
 */
function namingText({ dimensions, groups, cells, before, after }: Change): string {
  const place = dimensions.findIndex((dimension) => OWNERS.includes(dimension));
  if (place < 0 || before <= 0n || after <= 0n) return '';
  const nameless = cells.filter(({ key }) => groups.get(key)?.[place] === '');
  const shareOf = (side: 'before' | 'after', whole: bigint): number =>
    Number(nameless.reduce((sum, cell) => sum + cell[side], 0n)) / Number(whole);
  const [first, second] = [shareOf('before', before), shareOf('after', after)];
  if (Math.abs(second - first) < NAMED) return '';
  return (
    ` Spend without a ${dimensions[place]} went from ${percent(first, false)} to ${percent(second, false)} of all: ` +
    'part of mix, context and mix of tokens is naming; by model alone it is not.'
  );
}

export function spendSentence({
  workflow,
  direction,
  actual,
  expected,
  explanation,
  span,
}: SpendAnomaly): string {
  const hours = Math.round((span.toMs - span.fromMs) / 3_600_000);
  const more = direction === 'above';
  // The weeks before can say the opposite of the band; then they explain nothing.
  const agrees = explanation !== undefined && explanation.actual > explanation.expected === more;
  return (
    `${nameText(workflow ?? '')} spent ${approximate(actual)} in ${hours} h, ` +
    `${approximate(Math.abs(actual - expected))} ${more ? 'more' : 'less'} than the ${approximate(expected)} expected` +
    `${agrees ? whereText(explanation) : ''}.`
  );
}

/** What moved, and over what it is spread; nothing that goes without saying. */
function whereText({ path, spread, against }: Explanation): string {
  const told = path.filter(({ telling }) => telling);
  const moved = [...told, ...(against === undefined ? [] : [against])].map(
    ({ dimension, value, excess }) =>
      `${nodeText(dimension, value)} ${excess > 0 ? '+' : '−'}${approximate(Math.abs(excess))}`,
  );
  const [widest] = SPREAD_WORDS.filter(([dimension]) => spread.includes(dimension));
  const over = widest === undefined ? [] : [`spread over ${widest[1]}`];
  const all = [...moved, ...over];
  return all.length === 0 ? '' : `: ${all.join(', ')}`;
}

/** In the order in which one is named: whom it touches says more than what it ran on. */
const SPREAD_WORDS: ReadonlyArray<readonly [Dimension, string]> = [
  ['customer', 'customers'],
  ['workflow', 'workflows'],
  ['team', 'teams'],
  ['key', 'keys'],
  ['model', 'models'],
];

const KIND_WORDS: Readonly<Record<string, string>> = {
  primary: 'first attempts',
  retry: 'retries',
  fallback: 'fallback to another model',
};

function nodeText(dimension: string, value: string): string {
  return dimension === 'kind' ? (KIND_WORDS[value] ?? value) : `${dimension} ${nameText(value)}`;
}

export function shapeSentence({ workflow, label, signal, trend, span }: ShapeAnomaly): string {
  const how = trend.kind === 'step' ? 'stepped' : 'crept';
  const way = trend.change > 0 ? 'up' : 'down';
  const when =
    trend.kind === 'step' ? `on ${new Date(span.fromMs).toISOString().slice(0, 10)}` : 'over the days shown';
  const [before, after] = [trend.before, trend.after].map((value) => signalText(signal, value));
  return `${nameText(workflow)}: ${label} ${how} ${way} by ${percent(Math.abs(trend.change), false)} ${when}, from ${before} to ${after}.`;
}

export function findingsSentence({ spend, shape, anomalyShare }: Findings): string {
  if (spend.length === 0 && shape.length === 0) return 'Nothing is out of the ordinary in this period.';
  const changes =
    shape.length === 0
      ? 'requests kept their shape'
      : `${shape.length} ${shape.length === 1 ? 'change' : 'changes'} in the shape of requests`;
  return `${windowsText(spend, anomalyShare)}; ${changes}.`;
}

function windowsText(spend: readonly SpendAnomaly[], anomalyShare: number | null): string {
  if (spend.length === 0) return 'No window of strange spend';
  const windows = `${spend.length} ${spend.length === 1 ? 'window' : 'windows'} of strange spend`;
  const { above = [], below = [] } = Object.groupBy(spend, ({ direction }) => direction);
  const share = anomalyShare === null ? '' : ` (${percent(anomalyShare, false)} of spend)`;
  if (below.length === 0) return `${windows}, ${excessText(above)} above expectation${share}`;
  if (above.length === 0) return `${windows}, ${excessText(below)} below expectation`;
  const [over, under] = [excessText(above), excessText(below)];
  return `${windows}: ${above.length} above expectation by ${over}${share}, ${below.length} below it by ${under}`;
}

function excessText(anomalies: readonly SpendAnomaly[]): string {
  return approximate(anomalies.reduce((sum, { excess }) => sum + Math.abs(excess), 0));
}

/** A driver in its own unit: a share of a whole, dollars, or a plain number. */
function signalText(signal: ShapeAnomaly['signal'], value: number): string {
  if (signal === 'cacheHits') return percent(value, false);
  return signal === 'costPerCall' ? `$${value.toPrecision(3)}` : figure(value);
}

function nameText(name: string): string {
  return name === '' ? 'unattributed' : name;
}

function dollarsText(amount: bigint): string {
  return moneyText(formatDollars(amount));
}

function signed(amount: bigint): string {
  return `${amount > 0n ? '+' : '−'}${dollarsText(magnitude(amount))}`;
}

function magnitude(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}

function approximate(amount: number): string {
  return moneyText(amount.toFixed(2));
}

function percent(share: number, sign = true): string {
  const text = share === 0 ? '0' : (Math.abs(share) * 100).toFixed(Math.abs(share) < 0.1 ? 1 : 0);
  return `${sign ? (share > 0 ? '+' : '−') : ''}${text} %`;
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}
