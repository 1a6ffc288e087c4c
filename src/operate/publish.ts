/**
 * Publishing: what people decided and set becomes the next rulebook, which the gateway obeys.
 * Compiling is pure; writing replaces the file in one step, so that a gateway reads the old or the new, never a half.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

import { decidedPrices, withOverrides } from '../prices/prices.ts';
import type { PriceBookData, PriceDecision } from '../prices/prices.ts';
import { MOST_BUDGETS, toBudgetRule } from '../budgets/budgets.ts';
import type { DecidedBudget } from '../budgets/budgets.ts';
import { keyState } from '../registry/registry.ts';
import type { KeyRecord } from '../registry/registry.ts';
import type { AttributionRule, KeyRule, RulebookData, RulebookFileData } from '../rulebook/rulebook.ts';
import { withBudgetsSince } from './budget-bases.ts';
import { providerRules } from './providers.ts';
import type { Secrets } from './providers.ts';
import { isLoopback } from './schema.ts';
import type { Settings } from './settings.ts';

export interface RulebookParts {
  readonly settings: Settings;
  readonly secrets: Secrets;
  /** All keys of the registry; those that are not active are left out. */
  readonly keys: readonly KeyRecord[];
  /** List prices with what the program itself adds; the overrides of the settings come on top. */
  readonly priceSeed: PriceBookData;
  /** Rules of attribution in force. */
  readonly attributionRules?: readonly AttributionRule[];
  /** Budgets in force by decision; one of the settings with the same id stands in their place. */
  readonly budgets?: readonly DecidedBudget[];
  /** Key of fingerprints, hex; absent: none are taken. */
  readonly fingerprintKey?: string;
  /** What was decided about prices; laid over together with the overrides of the settings. */
  readonly priceDecisions?: readonly PriceDecision[];
  /** The rulebook that this one follows; absent: there is none. */
  readonly before?: RulebookFileData | undefined;
  /** One more than the rulebook before it. */
  readonly version: number;
  readonly nowMs: number;
}

/** Compiles the snapshot. Calls without a key are served only while no key is active and only this machine can call. */
export function compileRulebook({
  settings,
  secrets,
  keys,
  priceSeed,
  attributionRules = [],
  budgets = [],
  fingerprintKey,
  priceDecisions = [],
  before,
  version,
  nowMs,
}: RulebookParts): RulebookData {
  const active = keys.filter((key) => keyState(key, nowMs) === 'active');
  const { gateway, priceOverrides } = settings;
  const prices = [...priceOverrides, ...decidedPrices(priceDecisions)];
  const data: RulebookData = {
    version,
    publishedAtMs: nowMs,
    unkeyed: active.length === 0 && isLoopback(gateway.listen.host),
    passThroughKeys: gateway.passThroughKeys,
    providers: providerRules(settings, secrets),
    keys: active.map((key) => toKeyRule(key, nowMs)),
    workflows: settings.workflows,
    limits: settings.limits,
    overload: settings.overload,
    prices:
      prices.length === 0 ? priceSeed : withOverrides(priceSeed, [...(priceSeed.overrides ?? []), ...prices]),
    attributionRules,
    attributionHeaders: settings.attributionHeaders,
    budgets: joinBudgets(settings.budgets, budgets).map(toBudgetRule),
    ...(fingerprintKey !== undefined && { fingerprintKey }),
  };
  return withBudgetsSince(data, before);
}

/** Those of the settings first: where there are too many, no decision of the API pushes one of them out. */
export function joinBudgets(
  settled: readonly DecidedBudget[],
  decided: readonly DecidedBudget[],
): DecidedBudget[] {
  const ids = new Set(settled.map(({ id }) => id));
  return [...settled, ...decided.filter(({ id }) => !ids.has(id))].slice(0, MOST_BUDGETS);
}

function toKeyRule(key: KeyRecord, nowMs: number): KeyRule {
  const { id, digest, workflow, team, customer, tags, expiresAtMs, scope } = key;
  // Kept for a while beyond its overlap, so that who still sends it reads that it was rotated and not that it is unknown.
  const former = key.former.filter(({ untilMs }) => untilMs + FORMER_REMEMBERED_MS > nowMs);
  return {
    id,
    digest,
    workflow,
    team,
    customer,
    tags,
    expiresAtMs,
    ...(former.length > 0 && { former }),
    ...(scope !== undefined && { scope }),
  };
}

const FORMER_REMEMBERED_MS = 30 * 86_400_000;

/**
 * Replaces the rulebook file: written aside, synced, renamed, and the directory synced, so that the new one is there
 * after a power cut or the old one still is. Mode 0600, and credentials in it are sealed.
 * @throws RangeError when the version does not increase: a gateway would take the new rulebook for an old one.
 */
export function publishRulebook(file: string, data: RulebookFileData): void {
  const before = readRulebook(file);
  if (before !== undefined && before.version >= data.version) {
    throw new RangeError(`rulebook ${data.version} cannot follow ${before.version}; nothing was published`);
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${process.pid}.new`;
  try {
    writeSynced(aside, JSON.stringify(data));
    renameSync(aside, file);
  } finally {
    rmSync(aside, { force: true });
  }
  syncDirectory(dirname(file));
}

/**
 * @returns the published rulebook, or undefined when none was published yet.
 * @throws when the file is there and is no rulebook: guessing would mean serving without rules.
 */
export function readRulebook(file: string): RulebookFileData | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  const data = parseJson(text) as Partial<RulebookFileData> | null | undefined;
  if (
    typeof data?.version !== 'number' ||
    !Array.isArray(data.providers) ||
    !Array.isArray(data.keys) ||
    data.limits === undefined ||
    data.prices === undefined
  ) {
    throw new Error(
      `${file} is no rulebook. No call can be served by it. Remove the file and start control, which writes it anew.`,
    );
  }
  return data as RulebookFileData;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function writeSynced(file: string, text: string): void {
  const handle = openSync(file, 'w', 0o600);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
