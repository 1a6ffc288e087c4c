/**
 * What was decided about prices, and every price book that was ever published. Decisions only grow; each is one transaction
 * with its audit line. Books are kept by their version, which names their content, so that a line's price can be opened
 * years later; what books have in common (list and rules) is kept once.
 */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';

import type { Kysely, Transaction } from 'kysely';

import type { PriceBookData, PriceDecision, PriceOverride, PriceSource } from '../prices/prices.ts';
import { appendAudit } from './audit.ts';
import type { AuditTable, PriceDecisionsTable, Tables } from './tables.ts';

interface Deciding {
  readonly reason: string;
  readonly origin: string;
  readonly confirmed: readonly string[];
}

export type NewDecision =
  | (Deciding & {
      readonly action: 'set';
      readonly price: PriceOverride;
      readonly supersedes: string;
      /** The withdrawn decision that it sets again: refused once anything newer was decided about the same model. */
      readonly restores?: string;
    })
  | (Deciding & { readonly action: 'withdraw'; readonly withdraws: string; readonly from: string });

export interface KeptBook {
  readonly version: string;
  readonly keptAt: string;
  readonly source: PriceSource | undefined;
  readonly overrides: number;
}

export interface PriceDecisions {
  /**
   * All of them or none.
   * @throws RangeError when one ends a decision that is not there or that another has ended.
   */
  decide(decisions: readonly NewDecision[], actor: string): Promise<PriceDecision[]>;
  /** Writes down that an edit was refused, and why. */
  refuse(
    refused: { readonly subject: string; readonly detail: Readonly<Record<string, unknown>> },
    actor: string,
  ): Promise<void>;
  /** All, oldest first. */
  list(): Promise<PriceDecision[]>;
  /** Keeping a book again changes nothing. @throws Error when its version stands for other prices. */
  keepBook(book: PriceBookData): Promise<void>;
  book(version: string): Promise<PriceBookData | undefined>;
  /** Newest first. */
  books(limit: number): Promise<KeptBook[]>;
}

interface Around {
  readonly nowMs: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
}

export function openPriceDecisions(database: Kysely<Tables>, { nowMs, randomBytes }: Around): PriceDecisions {
  const now = (): string => new Date(nowMs()).toISOString();
  const newId = (): string => `p_${Buffer.from(randomBytes(6)).toString('hex')}`;
  return {
    decide: (decisions, actor) =>
      database.transaction().execute(async (step) => {
        const made: PriceDecision[] = [];
        for (const decision of decisions)
          made.push(await append(step, decision, { id: newId(), at: now(), actor }));
        return made;
      }),
    refuse: ({ subject, detail }, actor) =>
      database
        .transaction()
        .execute((step) => appendAudit(step, { at: now(), actor, action: 'price.refuse', subject, detail })),
    async list() {
      const rows = await database.selectFrom('price_decisions').selectAll().orderBy('seq').execute();
      return rows.map(toDecision);
    },
    keepBook: (book) => database.transaction().execute((step) => keep(step, book, now())),
    book: (version) => readBook(database, version),
    books: (limit) => listBooks(database, limit),
  };
}

async function append(
  step: Transaction<Tables>,
  decision: NewDecision,
  { id, at, actor }: { readonly id: string; readonly at: string; readonly actor: string },
): Promise<PriceDecision> {
  const ends = decision.action === 'set' ? decision.supersedes : decision.withdraws;
  if (ends !== '') await checkStanding(step, ends);
  if (decision.action === 'set' && decision.restores !== undefined)
    await checkWithdrawnLast(step, decision.restores);
  const last = await step
    .selectFrom('price_decisions')
    .select((has) => has.fn.max('seq').as('seq'))
    .executeTakeFirst();
  const { action, reason, origin } = decision;
  const row: PriceDecisionsTable = {
    seq: (last?.seq ?? 0) + 1,
    id,
    at,
    actor,
    action,
    reason,
    origin,
    confirmed: JSON.stringify(decision.confirmed),
    price: action === 'set' ? JSON.stringify(decision.price) : '',
    ends,
    effective_from: (action === 'set' ? decision.price.from : decision.from) ?? null,
  };
  await step.insertInto('price_decisions').values(row).execute();
  await appendAudit(step, { at, actor, action: `price.${action}`, subject: id, detail: detailOf(row) });
  return toDecision(row);
}

async function checkStanding(step: Transaction<Tables>, id: string): Promise<void> {
  const rows = await step.selectFrom('price_decisions').select(['id', 'action', 'ends']).execute();
  if (rows.find((row) => row.id === id)?.action !== 'set')
    throw new RangeError(
      `There is no price decision "${id}". Nothing was changed; "setpoint price history" shows the ids.`,
    );
  const by = rows.find((row) => row.ends === id);
  if (by !== undefined)
    throw new RangeError(
      `Decision "${id}" was ended by "${by.id}" already. Nothing was changed; name the one that stands.`,
    );
}

/** Nothing was decided about the provider and model of a price since it was withdrawn. */
async function checkWithdrawnLast(step: Transaction<Tables>, id: string): Promise<void> {
  const rows = await step.selectFrom('price_decisions').selectAll().orderBy('seq').execute();
  const withdrawal = rows.find((row) => row.action === 'withdraw' && row.ends === id);
  if (withdrawal === undefined)
    throw new RangeError(
      `Price decision "${id}" was not withdrawn. Nothing was changed; "setpoint price history" shows the ids.`,
    );
  const targets = new Map(rows.map((row) => [row.id, targetOf(row)]));
  const newer = rows.find(
    (row) => row.seq > withdrawal.seq && (targetOf(row) || targets.get(row.ends)) === targets.get(id),
  );
  if (newer !== undefined)
    throw new RangeError(
      `${newer.actor} decided "${newer.id}" about the same model after "${id}" was withdrawn. Nothing was changed, and what was decided last prices calls. Look at it; to hold again, the price has to be set anew.`,
    );
}

/** Empty on a withdrawal: it is about what it ends. */
function targetOf({ price }: PriceDecisionsTable): string {
  if (price === '') return '';
  const { provider, model } = JSON.parse(price) as PriceOverride;
  return `${provider}/${model}`;
}

/** The audit line says all of the decision, so that the table can be held against the chain. */
function detailOf(row: PriceDecisionsTable): Record<string, unknown> {
  const { reason, origin, ends, effective_from: from } = row;
  const price = row.price === '' ? null : (JSON.parse(row.price) as unknown);
  return { reason, origin, ends, from, price, confirmed: JSON.parse(row.confirmed) as unknown };
}

/** What about the decisions disagrees with the chain; undefined when nothing does. */
export function priceTrouble(
  rows: readonly PriceDecisionsTable[],
  lines: readonly AuditTable[],
): string | undefined {
  const said = new Map(
    lines
      .filter(({ action }) => action === 'price.set' || action === 'price.withdraw')
      .map((line) => [line.subject, line]),
  );
  for (const row of rows) {
    const line = said.get(row.id);
    if (line === undefined) return `price decision ${row.id} exists and no line says who made it`;
    const same = line.detail === JSON.stringify(detailOf(row)) && line.action === `price.${row.action}`;
    if (!same || line.actor !== row.actor || line.at !== row.at)
      return `price decision ${row.id} is not what its line says was decided`;
  }
  const missing = [...said.keys()].find((id) => !rows.some((row) => row.id === id));
  return missing === undefined ? undefined : `price decision ${missing} was made and is gone`;
}

function toDecision(row: PriceDecisionsTable): PriceDecision {
  const { id, at, actor, reason, origin, ends } = row;
  const decided = { id, at, actor, reason, origin, confirmed: JSON.parse(row.confirmed) as string[] };
  return row.action === 'set'
    ? { ...decided, action: 'set', price: JSON.parse(row.price) as PriceOverride, supersedes: ends }
    : { ...decided, action: 'withdraw', withdraws: ends, from: row.effective_from ?? '' };
}

async function keep(step: Transaction<Tables>, book: PriceBookData, at: string): Promise<void> {
  const { version, overrides: laid = [], ...seed } = book;
  const text = JSON.stringify(seed);
  const hash = createHash('sha256').update(text).digest('hex');
  const overrides = JSON.stringify(laid);
  const known = await step
    .selectFrom('price_books')
    .selectAll()
    .where('version', '=', version)
    .executeTakeFirst();
  if (known !== undefined) {
    if (sortedText(JSON.parse(known.overrides)) === sortedText(laid)) return;
    throw new Error(
      `The price version ${version} stands for other prices already, so lines priced by it could not be explained. Nothing was published; change a price and publish again.`,
    );
  }
  const shared = await step
    .selectFrom('price_seeds')
    .select('hash')
    .where('hash', '=', hash)
    .executeTakeFirst();
  if (shared === undefined)
    await step
      .insertInto('price_seeds')
      .values({ hash, data: gzipSync(text).toString('base64') })
      .execute();
  await step.insertInto('price_books').values({ version, kept_at: at, seed: hash, overrides }).execute();
}

async function readBook(database: Kysely<Tables>, version: string): Promise<PriceBookData | undefined> {
  const row = await database
    .selectFrom('price_books')
    .innerJoin('price_seeds', 'price_seeds.hash', 'price_books.seed')
    .select(['version', 'overrides', 'data'])
    .where('version', '=', version)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const overrides = JSON.parse(row.overrides) as PriceOverride[];
  return { version, ...readSeed(row.data), ...(overrides.length > 0 && { overrides }) };
}

async function listBooks(database: Kysely<Tables>, limit: number): Promise<KeptBook[]> {
  const rows = await database
    .selectFrom('price_books')
    .selectAll()
    .orderBy('kept_at', 'desc')
    .limit(limit)
    .execute();
  const used = [...new Set(rows.map(({ seed }) => seed))];
  if (used.length === 0) return []; // an empty list is no SQL everywhere
  const seeds = await database.selectFrom('price_seeds').selectAll().where('hash', 'in', used).execute();
  const sources = new Map(seeds.map(({ hash, data }) => [hash, readSeed(data).source]));
  return rows.map(({ version, kept_at: keptAt, seed, overrides }) => ({
    version,
    keptAt,
    source: sources.get(seed),
    overrides: (JSON.parse(overrides) as unknown[]).length,
  }));
}

/** The same for the same content, in whatever order its fields were written. */
function sortedText(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

type Seed = Omit<PriceBookData, 'version' | 'overrides'>;

function readSeed(data: string): Seed {
  return JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString('utf8')) as Seed;
}
