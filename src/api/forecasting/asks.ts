/** What every route of the forecast begins with: whose, when, how far, and one forecaster for all of them. */
import type { Context } from 'hono';

import { openForecaster } from '../../operate/forecast/forecast.ts';
import type { CompanyForecast, Forecaster, Scope } from '../../operate/forecast/forecast.ts';
import { parsePeriod, isTimeZone } from '../../units/period.ts';
import type { ForecastAnswer } from '../contract/forecast.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuseFields } from '../problems.ts';
import type { FieldProblem } from '../problems.ts';

export const DEFAULT_MONTHS = 3;
const MOST_MONTHS = 12;
export const DEFAULT_LEVEL = 0.8;

export interface ReadAsk {
  readonly scope: Scope;
  readonly atMs: number;
  readonly months: number;
  readonly timeZone: string;
  readonly level: number;
  /** Of who asks, where nothing is written for it. */
  readonly signal?: AbortSignal | undefined;
}

export interface AskWords {
  readonly workflow?: string | undefined;
  readonly team?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly months?: string | number | undefined;
  readonly asOf?: string | undefined;
  readonly level?: string | number | undefined;
}

export function readForecastAsk(
  words: AskWords,
  parts: ApiParts,
  signal?: AbortSignal,
):
  | { readonly kind: 'read'; readonly value: ReadAsk }
  | { readonly kind: 'problems'; readonly problems: FieldProblem[] } {
  const { workflow, team } = words;
  const timeZone = words.timeZone ?? parts.timeZone;
  const months = Number(words.months ?? DEFAULT_MONTHS);
  const level = Number(words.level ?? DEFAULT_LEVEL);
  const problems: FieldProblem[] = [];
  const wrong = (path: string, message: string): void => void problems.push({ path, message });
  if (workflow !== undefined && team !== undefined) wrong('team', 'name a workflow or a team, not both');
  if (!isTimeZone(timeZone))
    wrong('timeZone', `"${timeZone}" is no IANA time zone; write for example Europe/Zurich`);
  if (!Number.isInteger(months) || months < 1 || months > MOST_MONTHS)
    wrong('months', `a whole number of months, 1 to ${MOST_MONTHS}`);
  if (!(level >= 0.5 && level <= 0.99)) wrong('level', 'a share between 0.5 and 0.99: 0.8 for 80 %');
  const nowMs = parts.now();
  const atMs = instantOf(words.asOf, { nowMs, timeZone: isTimeZone(timeZone) ? timeZone : 'UTC' });
  if (atMs === undefined) wrong('asOf', 'a date (2026-10-10) or an instant in RFC 3339');
  else if (atMs > nowMs)
    wrong('asOf', `${words.asOf ?? ''} has not come yet; leave it out to forecast from now`);
  if (problems.length > 0 || atMs === undefined) return { kind: 'problems', problems };
  return { kind: 'read', value: { scope: { workflow, team }, atMs, months, timeZone, level, signal } };
}

/** A date means its first instant: what was known before it began. */
function instantOf(
  text: string | undefined,
  around: { readonly nowMs: number; readonly timeZone: string },
): number | undefined {
  if (text === undefined || text === '') return around.nowMs;
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    try {
      return parsePeriod(text, around).fromMs;
    } catch {
      return undefined;
    }
  }
  const ms = Date.parse(text);
  return /^\d{4}-\d{2}-\d{2}T/.test(text) && Number.isFinite(ms) ? ms : undefined;
}

export function scopeOf({ workflow, team }: Scope): ForecastAnswer['scope'] {
  if (workflow !== undefined) return { kind: 'workflow', name: workflow };
  return team === undefined ? { kind: 'organisation', name: '' } : { kind: 'team', name: team };
}

/** Whose, in a sentence. */
export function scopeName({ workflow, team }: Scope): string {
  if (workflow !== undefined) return workflow === '' ? 'What names no workflow' : workflow;
  return team === undefined ? 'All spend' : team === '' ? 'What names no team' : team;
}

const forecasters = new WeakMap<ApiParts, Forecaster>();

/** One per API, so that routes remember for each other. */
export function forecasterOf(parts: ApiParts): Forecaster {
  const known = forecasters.get(parts);
  if (known !== undefined) return known;
  const made = openForecaster({
    ledger: parts.ledger,
    priceBook: parts.priceBook,
    now: parts.now,
    pause: () => (parts.pause === undefined ? aTurn() : parts.pause(0)),
  });
  forecasters.set(parts, made);
  return made;
}

/** Lets connections be heard: new ones, and those that close. */
function aTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Refuses a scope that spent nothing in the history that a forecast is made from. */
export function unknownScope(
  context: Context<ApiEnvironment>,
  forecast: CompanyForecast,
  { workflow, team }: Scope,
) {
  const names = forecast.lines.map(({ history }) => history);
  const known =
    workflow !== undefined
      ? names.some((one) => one.workflow === workflow)
      : team === undefined || names.some((one) => one.team === team);
  if (known) return undefined;
  const path = workflow === undefined ? 'team' : 'workflow';
  return refuseFields(context, [
    { path, message: `the ledger has no call of "${workflow ?? team ?? ''}" to forecast from` },
  ]);
}
