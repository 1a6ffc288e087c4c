/** The one sentence that begins each page and each finding, made from its figures. */
import { formatDollars } from '../../units/money.ts';
import { moneyText } from '../../units/figures.ts';
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
    `from ${dollarsText(before)} to ${dollarsText(after)}: ${moved.join(', ')}.`
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
  const lowest = explanation?.path.at(-1);
  const carried =
    lowest === undefined
      ? ''
      : `; ${percent(lowest.share, false)} of it is ${lowest.dimension} ${nameText(lowest.value)}`;
  return (
    `${nameText(workflow ?? '')} spent ${approximate(actual)} in ${hours} h where ${approximate(expected)} was expected ` +
    `(${direction === 'above' ? 'over' : 'under'} by ${approximate(Math.abs(actual - expected))})${carried}.`
  );
}

export function shapeSentence({ workflow, label, trend, span }: ShapeAnomaly): string {
  const how = trend.kind === 'step' ? 'stepped' : 'crept';
  const way = trend.change > 0 ? 'up' : 'down';
  const when =
    trend.kind === 'step' ? `on ${new Date(span.fromMs).toISOString().slice(0, 10)}` : 'over the days shown';
  return `${nameText(workflow)}: ${label} ${how} ${way} by ${percent(Math.abs(trend.change), false)} ${when}, from ${figure(trend.before)} to ${figure(trend.after)}.`;
}

export function findingsSentence({ spend, shape, anomalyShare }: Findings): string {
  if (spend.length === 0 && shape.length === 0) return 'Nothing is out of the ordinary in this period.';
  const above = spend.filter(({ direction }) => direction === 'above');
  const excess = above.reduce((sum, one) => sum + one.excess, 0);
  const share = anomalyShare === null ? '' : `, ${percent(anomalyShare, false)} of spend`;
  const spent = `${spend.length} ${spend.length === 1 ? 'window' : 'windows'} of strange spend (${approximate(excess)} over expectation${share})`;
  return `${spent} and ${shape.length} ${shape.length === 1 ? 'change' : 'changes'} in the shape of requests.`;
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
  const text = (Math.abs(share) * 100).toFixed(Math.abs(share) < 0.1 ? 1 : 0);
  return `${sign ? (share > 0 ? '+' : '−') : ''}${text} %`;
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}
