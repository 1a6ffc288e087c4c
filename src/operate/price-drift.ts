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
}

export interface Drift {
  readonly lines: number;
  /** Lines that cost another amount at the book's prices. */
  readonly drifted: number;
  /** Lines that the book does not price although they are priced: left as they are. */
  readonly unpriced: number;
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
  const standing = standingLines(await readLines(ledger, ask.during));
  const book = openPriceBook(ask.book);
  let unpriced = 0;
  const drifted = standing.flatMap((line) => {
    const cost = priceLine(book, ask, line);
    if (cost.kind === 'unpriced') unpriced += line.cost === null ? 0 : 1;
    return cost.kind === 'unpriced' || isBooked(line, cost) ? [] : [{ line, cost }];
  });
  const before = drifted.reduce((sum, { line }) => sum + parseDollars(line.cost ?? '0'), 0n);
  const after = drifted.reduce((sum, { cost }) => sum + cost.total, 0n);
  const posted = ask.apply ? await postAll(poster, ask, drifted) : 0;
  return {
    lines: standing.length,
    drifted: drifted.length,
    unpriced,
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

function priceLine(book: PriceBook, { priceName, book: { rules = [] } }: DriftAsk, line: LedgerLine): Cost {
  const { model, serviceTier, geo, team, account, region } = line;
  const asked = {
    model,
    serviceTier,
    geo,
    team,
    account,
    region,
    provider: priceName(line.provider),
    usage: usageOf(line),
    atMs: Date.parse(line.startedAt),
  };
  const standard = book.price(asked);
  if (standard.kind === 'priced' && isBooked(line, standard)) return standard;
  // The ledger keeps no speed: a line that was booked exactly at a speed's price was answered at that speed.
  const speeds = rules.flatMap((rule) => (rule.dimension === 'speed' ? [rule.value] : []));
  const fast = speeds
    .map((speed) => book.price({ ...asked, speed }))
    .find((cost) => cost.kind === 'priced' && isBooked(line, cost));
  return fast ?? standard;
}

function isBooked(line: LedgerLine, cost: Priced): boolean {
  return line.cost !== null && parseDollars(line.cost) === cost.total;
}

const LINES_PER_BATCH = 2_000;

async function postAll(poster: LedgerPoster, ask: DriftAsk, drifted: readonly Drifted[]): Promise<number> {
  let posted = 0;
  for (let start = 0; start < drifted.length; start += LINES_PER_BATCH) {
    const batch = drifted.slice(start, start + LINES_PER_BATCH);
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
  const wasUnpriced = line.cost === null ? { counts: { calls: 0, attempts: 0, unpriced: -1 } } : {};
  return [
    { ...common, ...wasUnpriced, settlement: back },
    { ...common, settlement: again },
  ];
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
