/** Figures of a forecast as people read them: scenarios to the nearest $100, rates and shares in one precision. */
import { countText, moneyCell, moneyText, NONE, shareText } from '../../../units/figures.ts';
import { monthText } from '../../parts/instants.ts';
import type { RailDriver } from './draft.ts';

const HUNDRED = 100;
const MINUS = '−';

/** Dollars of the maths as the decimal text that figures are written from. */
export function dollarsText(amount: number): string {
  const text = Math.abs(amount)
    .toFixed(6)
    .replace(/\.?0+$/, '');
  return amount < 0 && text !== '0' ? `-${text}` : text;
}

/** `$28,400`: a scenario is no measurement. Below half of a hundred dollars it is written out, since zero would be wrong. */
export function hundreds(amount: number, sign = '$'): string {
  const rounded = Math.round(amount / HUNDRED) * HUNDRED;
  if (rounded === 0 && amount !== 0) return `${amount < 0 ? MINUS : ''}<${sign}100`;
  return moneyCell(dollarsText(rounded), 0, sign === '$' ? '$' : '');
}

export function signedHundreds(amount: number): string {
  return amount > 0 ? `+${hundreds(amount, '')}` : hundreds(amount, '');
}

/** `▲ +40%`, `▼ −32%`, `0%`; nothing to compare with is `n/a`. */
export function percentText(from: number, to: number): string {
  if (from <= 0) return 'n/a';
  const percent = Math.round((to / from - 1) * 100);
  if (percent === 0) return '0%';
  return percent > 0 ? `▲ +${countText(percent)}%` : `▼ ${countText(percent)}%`;
}

/** An error with its sign, to a tenth of a per cent. */
export function errorText(error: number | null): string {
  if (error === null) return NONE;
  const percent = Math.abs(error) * 100;
  const text = `${percent.toFixed(1)}%`;
  if (text === '0.0%') return text;
  return `${error < 0 ? MINUS : '+'}${text}`;
}

/** Four significant figures: `0.0048`. */
export function rateText(rate: number): string {
  if (rate === 0) return '0';
  const decimals = Math.min(8, Math.max(2, 1 - Math.floor(Math.log10(rate))));
  return rate.toFixed(decimals);
}

/** One figure of a driver, with the precision of its kind. */
export function driverText(driver: string, value: number | null | undefined): string {
  if (value === null || value === undefined) return 'unknown';
  if (driver === 'cachedShare') return shareText(value, 1);
  if (driver === 'rate') return rateText(value);
  if (driver === 'fanOut') return value.toFixed(2);
  return value < 10 ? value.toFixed(2) : countText(value);
}

export const DRIVER_LABELS: Readonly<Record<string, string>> = {
  actions: 'User actions',
  fanOut: 'Fan-out',
  calls: 'Calls',
  inputTokens: 'Input tokens',
  outputTokens: 'Output tokens',
  tokens: 'Tokens',
  cachedShare: 'Cached share',
  mix: 'Mix',
  rate: 'Blended rate',
  context: 'Context',
  cache: 'Cache',
};

export const DRIVER_UNITS: Readonly<Record<RailDriver, string>> = {
  actions: 'a month',
  fanOut: 'calls an action',
  calls: 'a month',
  inputTokens: 'a call',
  outputTokens: 'a call',
  cachedShare: 'of the input',
  rate: '$ / 1K tokens',
};

export const METHOD_LABELS: Readonly<Record<string, string>> = {
  'seasonal-naive': 'seasonal naive',
  ets: 'ETS, damped',
  theta: 'theta',
  'multi-season': 'several seasons',
  combination: 'median of methods',
  pooled: 'pooled with others',
};

/** What a method is worth, said plainly. */
export function skillText(skill: 'better' | 'none' | 'unknown'): string {
  if (skill === 'better') return 'better than seasonal naive';
  if (skill === 'none') return 'no skill over seasonal naive: seasonal naive is used';
  return 'too little history to judge';
}

/** `January` of `2027-01`; with the year where it is not the first that is shown. */
export function monthName(month: string): string {
  return monthText(month).split(' ')[0] ?? month;
}

/** `[$25,000, $32,400]`. */
export function intervalText(low: string, high: string): string {
  return `[${moneyText(low)}, ${moneyText(high)}]`;
}
