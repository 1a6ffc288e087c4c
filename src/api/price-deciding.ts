/** How prices are decided: judged, weighed against last month, then all of a request written down, or none and why. */
import type { z } from '@hono/zod-openapi';
import type { Context } from 'hono';

import type { PriceDecisionView, PricesDecided } from './contract/prices.ts';
import { createIdempotency } from './idempotency.ts';
import type { Once } from './idempotency.ts';
import type { ApiEnvironment, ApiParts } from './parts.ts';
import { lastMonthWith, withDecisions } from './pricing.ts';
import { refuse } from './problems.ts';
import { tryPublish } from './publication.ts';
import type { FieldProblem } from './problems.ts';
import { judgeEdit, standingOf } from '../prices/prices.ts';
import type { Finding, PriceDecision, PriceOverride } from '../prices/prices.ts';
import type { NewDecision } from '../registry/registry.ts';
import { moneyText } from '../units/figures.ts';

const MOST_PROBLEMS = 100;

interface Draft {
  readonly price: PriceOverride;
  readonly supersedes: string;
  /** The withdrawn decision that it sets again. */
  readonly restores?: string;
  /** Where it stands in what was sent; empty: it is all of it. */
  readonly where: string;
}

interface Deciding {
  readonly drafts: readonly Draft[];
  readonly reason: string;
  readonly origin: string;
  readonly confirm: string | undefined;
  readonly dryRun: boolean;
}

interface Sent {
  readonly key: string | undefined;
  readonly body: unknown;
}

export type Decided = z.infer<typeof PricesDecided>;

/** Judges drafts, then decides all of them or none. What is refused is written down too. */
export function openDeciding(parts: ApiParts) {
  const idempotency = createIdempotency<Decided>(parts.now);
  return async (context: Context<ApiEnvironment>, deciding: Deciding, { key, body }: Sent) => {
    const { drafts, confirm, dryRun } = deciding;
    // A second try of the same request must not be judged against what the first one decided.
    const once = await idempotency
      .once(key, body, async () => {
        const found = await judge(parts, drafts);
        const stops = found.filter(({ finding }) => finding.kind === 'impossible' || confirm === undefined);
        if (stops.length > 0 && !dryRun) throw new Refused(found, await impactOf(parts, drafts));
        return decide(parts, context, deciding, found);
      })
      .catch((error: unknown) => {
        if (error instanceof Refused || error instanceof RangeError) return error;
        throw error;
      });
    if (once instanceof RangeError) return refuse(context, 'price_refused', once.message);
    if (once instanceof Refused) {
      await noteRefusal(parts, context.get('actor'), deciding, once.found);
      return refuseFound(context, once);
    }
    return answer(context, once);
  };
}

export function answer(context: Context<ApiEnvironment>, once: Once<Decided>) {
  if (once.kind === 'conflict')
    return refuse(
      context,
      'idempotency_conflict',
      'This Idempotency-Key was used for another request within the last day. Nothing was changed. Send a new one.',
    );
  return context.json(once.answer, 201);
}

interface Found {
  readonly where: string;
  readonly finding: Finding;
}

class Refused extends Error {
  readonly found: readonly Found[];
  readonly impact: Decided['lastMonth'];
  constructor(found: readonly Found[], impact: Decided['lastMonth']) {
    super('refused');
    this.found = found;
    this.impact = impact;
  }
}

async function judge(parts: ApiParts, drafts: readonly Draft[]): Promise<Found[]> {
  const [decisions, months] = await Promise.all([parts.registry.prices.list(), parts.ledger.lockedMonths()]);
  const locked = months.map(({ month }) => month);
  const before = parts.priceBook();
  const book = withDecisions(before, decisions);
  return drafts.flatMap(({ price, supersedes, where }) => {
    const draft = draftOf(price, supersedes);
    const invalid = judgeEdit({ edit: price, before: { version: '' }, locked: [], nowMs: parts.now() });
    const findings = invalid.some(({ code }) => code === 'invalid')
      ? invalid
      : judgeEdit({
          edit: price,
          before: book,
          after: withDecisions(before, [...decisions, draft]),
          locked,
          nowMs: parts.now(),
        });
    return findings.map((finding) => ({ where, finding }));
  });
}

function draftOf(price: PriceOverride, supersedes: string): PriceDecision {
  return {
    id: 'draft',
    at: '',
    actor: '',
    reason: '',
    origin: '',
    confirmed: [],
    action: 'set',
    price,
    supersedes,
  };
}

async function decide(
  parts: ApiParts,
  context: Context<ApiEnvironment>,
  { drafts, reason, origin, confirm, dryRun }: Deciding,
  found: readonly Found[],
): Promise<Decided> {
  const impact = await impactOf(parts, drafts);
  const warnings = found.map(({ where, finding }) =>
    where === '' ? finding.message : `${where}: ${finding.message}`,
  );
  const base = { warnings, lastMonth: impact, dryRun };
  if (dryRun)
    return { ...base, decisions: [], priceBookVersion: parts.priceBook().version, published: false };
  const fresh = drafts.map(({ price, supersedes, restores, where }): NewDecision => ({
    action: 'set',
    price,
    supersedes,
    ...(restores !== undefined && { restores }),
    origin,
    reason,
    confirmed: found
      .filter((one) => one.where === where)
      .map(({ finding }) => `${finding.message} (confirmed: ${confirm ?? ''})`),
  }));
  const made = await parts.registry.prices.decide(fresh, context.get('actor'));
  const published = await tryPublish(parts, context.get('requestId'));
  const all = await parts.registry.prices.list();
  return {
    ...base,
    decisions: made.map((one) => toView(one, all, parts.now())),
    priceBookVersion: parts.priceBook().version,
    published,
  };
}

async function impactOf(parts: ApiParts, drafts: readonly Draft[]): Promise<Decided['lastMonth']> {
  const possible = attempt(() =>
    lastMonthWith(
      parts,
      drafts.map(({ price }) => price),
    ),
  );
  const answered = possible.ok ? await possible.value.catch(() => undefined) : undefined;
  if (answered === undefined) return null;
  const { fromMs, toMs, exact, total } = answered;
  return { during: { from: instantText(fromMs), to: instantText(toMs) }, exact, ...total };
}

async function noteRefusal(
  parts: ApiParts,
  actor: string,
  { drafts, reason, origin }: Deciding,
  found: readonly Found[],
): Promise<void> {
  const [first] = drafts;
  await parts.registry.prices.refuse(
    {
      subject: drafts.length === 1 && first ? `${first.price.provider}/${first.price.model}` : origin,
      detail: {
        reason,
        origin,
        prices: drafts.slice(0, MOST_PROBLEMS).map(({ price }) => price),
        findings: found.slice(0, MOST_PROBLEMS).map(({ where, finding }) => ({ where, ...finding })),
      },
    },
    actor,
  );
}

function refuseFound(context: Context<ApiEnvironment>, { found, impact }: Refused) {
  const final = found.some(({ finding }) => finding.kind === 'impossible');
  const money =
    impact === null
      ? ''
      : ` Last month would have cost ${impact.exact ? '' : 'about '}${moneyText(impact.after)} instead of ${moneyText(impact.before)}.`;
  const next = final
    ? 'Correct it and try again.'
    : 'If it is meant, send it again with confirm and the reason.';
  return refusePrices(
    context,
    found.map(({ where, finding }) => ({
      path: [where, finding.code].filter((word) => word !== '').join(', '),
      message: finding.message,
    })),
    `Nothing was changed.${money} ${next}`,
  );
}

export function refusePrices(
  context: Context<ApiEnvironment>,
  errors: readonly FieldProblem[],
  next: string,
) {
  const shown = errors.slice(0, MOST_PROBLEMS);
  const words = shown.slice(0, 5).map(({ path, message }) => `- ${path}: ${message}`);
  const more = errors.length > words.length ? [`- and ${errors.length - words.length} more`] : [];
  return refuse(context, 'price_refused', [next, ...words, ...more].join('\n'), shown);
}

export function toView(
  decision: PriceDecision,
  all: readonly PriceDecision[],
  nowMs: number,
): PriceDecisionView {
  const { id, at, actor, action, reason, origin } = decision;
  const price = action === 'set' ? decision.price : null;
  const standing = standingOf(decision, all);
  const ends = action === 'set' ? decision.supersedes : decision.withdraws;
  return {
    id,
    at,
    actor,
    action,
    reason,
    origin,
    confirmed: [...decision.confirmed],
    provider: price?.provider ?? null,
    model: price?.model ?? null,
    price: price === null ? null : { ...price },
    from: (action === 'set' ? price?.from : decision.from) ?? null,
    until: price?.until ?? null,
    ends: ends === '' ? null : ends,
    standing:
      action === 'withdraw'
        ? 'done'
        : standing.kind === 'stands'
          ? timeStanding(price, nowMs)
          : standing.kind,
    endedBy: standing.kind === 'stands' ? null : standing.by,
  };
}

function timeStanding(price: PriceOverride | null, nowMs: number): 'announced' | 'in-force' | 'ended' {
  if (price?.from !== undefined && Date.parse(price.from) > nowMs) return 'announced';
  return price?.until !== undefined && Date.parse(price.until) <= nowMs ? 'ended' : 'in-force';
}

export function attempt<T>(
  act: () => T,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string } {
  try {
    return { ok: true, value: act() };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ok: false, message: error.message };
  }
}

export function instantText(ms: number): string {
  return new Date(ms).toISOString();
}
