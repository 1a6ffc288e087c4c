/**
 * Correcting lines of open months that were booked at prices which have changed since: each line is priced afresh, and one
 * that differs is taken back and given again. A second run finds what the first gave and posts nothing more.
 */
import { createHash } from 'node:crypto';

import type { Charge, Settlement } from '../gateway/call.ts';
import type { Posting, LedgerPoster } from '../ledger/posting.ts';
import type { LedgerLine, LedgerReader, Span } from '../ledger/question.ts';
import { openPriceBook } from '../prices/prices.ts';
import type { Cost, PriceBook, PriceBookData } from '../prices/prices.ts';
import { formatDollars, parseDollars } from '../units/money.ts';
import type { Usage } from '../units/tokens.ts';
import { lockedIn } from './what-if.ts';

export const PRICE_DRIFT = 'price-drift';

export interface DriftAsk {
  readonly during: Span;
  readonly book: PriceBookData;
  readonly priceName: (provider: string) => string;
  /** Only looks when false. */
  readonly apply: boolean;
  /** Lines that one batch of the ledger corrects. */
  readonly linesPerBatch?: number;
}

export interface Drift {
  readonly lines: number;
  /** Lines that cost another amount at the book's prices. */
  readonly drifted: number;
  /** Lines that the book does not price although they are priced: left as they are. */
  readonly unpriced: number;
  /** Lines that stand for several calls whose sizes decide their price, so that nobody can tell it: left as they are. */
  readonly mixed: number;
  readonly before: string;
  readonly after: string;
  readonly difference: string;
  readonly posted: number;
}

const PAGE = 1_000;
const MOST_LINES = 200_000;

/**
 * @throws RangeError when the span touches a locked month: closed months do not move, and a wrong invoice is corrected by
 * its reconciliation; or when it holds more lines than one run looks at.
 */
export async function correctDrift(
  { ledger, poster }: { readonly ledger: LedgerReader; readonly poster: LedgerPoster },
  ask: DriftAsk,
): Promise<Drift> {
  const locked = await lockedIn(ledger, ask.during);
  if (locked.length > 0)
    throw new RangeError(
      `${locked.join(', ')} ${locked.length === 1 ? 'is' : 'are'} locked, and closed months do not move. Nothing was posted. Re-price open months only, and correct a closed one by reconciling its invoice.`,
    );
  const read = await readLines(ledger, ask.during);
  refuseInvoiced(read);
  const standing = standingLines(read);
  const book = openPriceBook(ask.book);
  let unpriced = 0;
  let mixed = 0;
  const drifted = standing.flatMap((line) => {
    const cost = priceLine(book, ask, line);
    if (cost.kind === 'unpriced') unpriced += line.cost === null ? 0 : 1;
    if (cost.kind === 'unpriced' || isBooked(line, cost)) return [];
    if (line.calls > 1 && dependsOnSize(book, ask, line)) {
      mixed += isBookedOnAverage(book, ask, line) ? 0 : 1;
      return [];
    }
    return [{ line, cost }];
  });
  const before = drifted.reduce((sum, { line }) => sum + parseDollars(line.cost ?? '0'), 0n);
  const after = drifted.reduce((sum, { cost }) => sum + cost.total, 0n);
  const posted = ask.apply ? await postAll(poster, ask, drifted) : 0;
  return {
    lines: standing.length,
    drifted: drifted.length,
    unpriced,
    mixed,
    before: formatDollars(before),
    after: formatDollars(after),
    difference: formatDollars(after - before),
    posted,
  };
}

type Priced = Extract<Cost, { readonly kind: 'priced' }>;

interface Drifted {
  readonly line: LedgerLine;
  readonly cost: Priced;
}

async function readLines(ledger: LedgerReader, during: Span): Promise<LedgerLine[]> {
  const lines: LedgerLine[] = [];
  let cursor: string | null = null;
  do {
    const page = await ledger.page({ during, where: [], simulated: 'exclude', limit: PAGE, cursor });
    lines.push(...page.lines);
    cursor = page.nextCursor;
    if (lines.length > MOST_LINES)
      throw new RangeError(
        `The span holds more than ${MOST_LINES} lines. Nothing was posted. Correct it day by day.`,
      );
  } while (cursor !== null);
  return lines;
}

/** What an invoice has corrected equals the invoice; a price that is corrected under it would be counted twice. */
function refuseInvoiced(lines: readonly LedgerLine[]): void {
  const months = lines.flatMap(({ source, startedAt }) =>
    source === 'invoice' ? [startedAt.slice(0, 7)] : [],
  );
  if (months.length > 0)
    throw new RangeError(
      `${[...new Set(months)].join(', ')} was corrected by an invoice, and what it corrected must equal the invoice. Nothing was posted. Re-price other days, or reconcile the month anew.`,
    );
}

/** Lines that nothing has taken back, and that used something; what was given again stands for what it corrects. */
function standingLines(lines: readonly LedgerLine[]): LedgerLine[] {
  const ended = new Set(lines.flatMap(({ corrects }) => (corrects === '' ? [] : [corrects])));
  return lines
    .filter(
      ({ id, buckets }) => !ended.has(id) && buckets.length > 0 && buckets.every(({ units }) => units > 0),
    )
    .toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

function usageOf({ buckets }: LedgerLine): Usage {
  return Object.fromEntries(buckets.map(({ bucket, units }) => [bucket, units]));
}

function priceLine(book: PriceBook, ask: DriftAsk, line: LedgerLine): Cost {
  const asked = { ...askedOf(ask, line), usage: usageOf(line), atMs: Date.parse(line.startedAt) };
  const standard = book.price(asked);
  if (standard.kind === 'priced' && isBooked(line, standard)) return standard;
  // The ledger keeps no speed: a line that was booked exactly at a speed's price was answered at that speed.
  const speeds = (ask.book.rules ?? []).flatMap((rule) => (rule.dimension === 'speed' ? [rule.value] : []));
  const fast = speeds
    .map((speed) => book.price({ ...asked, speed }))
    .find((cost) => cost.kind === 'priced' && isBooked(line, cost));
  return fast ?? standard;
}

function askedOf({ priceName }: DriftAsk, line: LedgerLine) {
  const { model, serviceTier, geo, team, account, region } = line;
  return { model, serviceTier, geo, team, account, region, provider: priceName(line.provider) };
}

function dependsOnSize(book: PriceBook, ask: DriftAsk, line: LedgerLine): boolean {
  return (book.shape(askedOf(ask, line))?.sizes ?? []).length > 0;
}

/** Whether the rates of a request of average size are those that several calls together were booked at. */
function isBookedOnAverage(book: PriceBook, ask: DriftAsk, line: LedgerLine): boolean {
  const inputTokens = Math.floor(line.inputTokens / line.calls);
  const asked = { ...askedOf(ask, line), atMs: Date.parse(line.startedAt), inputTokens };
  return line.buckets.every(({ bucket, rate }) => {
    const afresh = book.rate({ ...asked, bucket: bucket as keyof Usage })?.rate;
    return rate !== null && afresh === parseDollars(rate);
  });
}

/** By cost and rates; a line that stands for several calls by rates alone, however each of them was rounded. */
function isBooked(line: LedgerLine, { buckets, total }: Priced): boolean {
  const booked = new Map<string, string | null>(line.buckets.map(({ bucket, rate }) => [bucket, rate]));
  const alike = buckets.every(({ bucket, rate }) => {
    const known = booked.get(bucket) ?? null;
    return known !== null && parseDollars(known) === rate;
  });
  return line.cost !== null && alike && (line.calls > 1 || parseDollars(line.cost) === total);
}

const LINES_PER_BATCH = 2_000;

async function postAll(poster: LedgerPoster, ask: DriftAsk, drifted: readonly Drifted[]): Promise<number> {
  const { linesPerBatch = LINES_PER_BATCH } = ask;
  let posted = 0;
  for (let start = 0; start < drifted.length; start += linesPerBatch) {
    const batch = drifted.slice(start, start + linesPerBatch);
    // The id is made from what is corrected to what, so that a run which was cut off is finished and never repeated.
    const content = batch.map(({ line, cost }) => [line.id, line.cost, formatDollars(cost.total)]);
    const hash = createHash('sha256')
      .update(JSON.stringify([ask.book.version, content]))
      .digest('hex');
    const postings = batch.flatMap((one) => correction(one, ask));
    posted += (await poster.post({ id: `${PRICE_DRIFT}.${hash.slice(0, 32)}`, postings })).lines;
  }
  return posted;
}

function correction({ line, cost }: Drifted, ask: DriftAsk): Posting[] {
  const common = {
    leg: 'adjust',
    source: 'rule',
    cause: PRICE_DRIFT,
    corrects: line.id,
    correction: ask.book.version,
  } as const;
  const usage = usageOf(line);
  const negative = Object.fromEntries(Object.entries(usage).map(([bucket, units]) => [bucket, -units]));
  const back = settlementOf(line, ask, { usage: negative, cost: takenBack(line) });
  const again = settlementOf(line, { ...ask, priceVersion: ask.book.version }, { usage, cost });
  const { calls, attempts } = countsOf(line);
  const unpriced = line.cost === null ? -Math.max(1, calls) : 0;
  return [
    { ...common, counts: { calls: -calls, attempts: -attempts, unpriced }, settlement: back },
    { ...common, counts: { calls, attempts, unpriced: 0 }, settlement: again },
  ];
}

/** What is given again stands for the calls of what it takes back, so that both go together wherever they are moved. */
function countsOf({ calls, part, attemptNumber, endpoint }: LedgerLine): { calls: number; attempts: number } {
  const repeats = part === 'call' && attemptNumber > 1 && endpoint === 'inference';
  return { calls, attempts: Math.max(calls, repeats ? 1 : 0) };
}

function takenBack(line: LedgerLine): Cost {
  if (line.cost === null) return { kind: 'unpriced', missing: [] };
  const buckets = line.buckets.flatMap(({ bucket, units, rate, listRate, cost }) => {
    if (rate === null || cost === null) return [];
    const list = listRate === null || listRate === rate ? {} : { listRate: parseDollars(listRate) };
    return [
      {
        bucket: bucket as keyof Usage,
        units: -units,
        rate: parseDollars(rate),
        cost: -parseDollars(cost),
        ...list,
      },
    ];
  });
  return { kind: 'priced', total: -parseDollars(line.cost), buckets };
}

function settlementOf(
  line: LedgerLine,
  {
    priceName,
    priceVersion = line.priceVersion,
  }: Pick<DriftAsk, 'priceName'> & { readonly priceVersion?: string },
  { usage, cost }: { readonly usage: Usage; readonly cost: Cost },
): Settlement {
  const { workflow, team, customer, request, session, tags, attributedBy: by } = line;
  const charge: Charge = {
    part: line.part,
    model: line.model,
    usage,
    basis: line.basis as Charge['basis'],
    flag: '',
    cost,
  };
  const { call, attempt, attemptNumber, key, provider, account, region, path, fingerprint } = line;
  const { modelRequested, model, stream, simulated, rulebookVersion } = line;
  return {
    intent: {
      call,
      attempt,
      attemptNumber,
      kind: line.kind as Settlement['intent']['kind'],
      startedAtMs: Date.parse(line.startedAt),
      attribution: { workflow, team, customer, request, session, tags, by },
      key,
      provider,
      account,
      region,
      path,
      fingerprint,
      modelRequested,
      model,
      stream,
      simulated,
      priceProvider: priceName(line.provider),
      wire: line.wire as Settlement['intent']['wire'],
      endpoint: line.endpoint as Settlement['intent']['endpoint'],
      rulebookVersion,
      priceVersion,
      presumed: { usage: {}, cost: { kind: 'priced', total: 0n, buckets: [] } },
    },
    status: line.status as Settlement['status'],
    httpStatus: line.httpStatus,
    finishReason: line.finishReason,
    modelReturned: line.modelReturned,
    responseId: line.responseId,
    serviceTier: line.serviceTier,
    geo: line.geo,
    durationMs: 0,
    firstByteMs: 0,
    overheadMicros: 0,
    composition: { basis: 'unknown', input: {}, output: {} },
    charges: [charge],
  };
}
