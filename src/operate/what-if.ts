/** What a past span would have cost at other prices or other models. Reads; never posts. */
import type { Condition, Dimension, LedgerReader, Span } from '../ledger/question.ts';
import { openPriceBook, repriceUses } from '../prices/prices.ts';
import type { ModelMapping, PriceBookData, Repriced } from '../prices/prices.ts';
import { formatDollars } from '../units/money.ts';
import { readUses } from './price-uses.ts';
import type { GroupedUse } from './price-uses.ts';

export interface WhatIfAsk {
  readonly during: Span;
  readonly where: readonly Condition[];
  readonly by: readonly Dimension[];
  readonly book: PriceBookData;
  readonly mapping: readonly ModelMapping[];
  /** The book in force. */
  readonly booked: PriceBookData;
  readonly priceName: (provider: string) => string;
}

/** Money as decimal dollars. */
export interface WhatIfFigures {
  /** As the ledger has it. */
  readonly before: string;
  readonly after: string;
  readonly difference: string;
  /** What `after` can be at least and most, where the sums do not tell exactly. */
  readonly least: string;
  readonly most: string;
}

export interface WhatIfNote {
  readonly provider: string;
  readonly model: string;
  readonly bucket: string;
  readonly units: number;
  /** What the ledger has booked for it. */
  readonly before: string;
}

export interface WhatIf {
  readonly rows: ReadonlyArray<WhatIfFigures & { readonly group: readonly string[] }>;
  readonly total: WhatIfFigures;
  readonly exact: boolean;
  readonly inexact: ReadonlyArray<WhatIfNote & { readonly reason: Exclude<Repriced['inexact'], ''> }>;
  /** Priced by neither list nor contract of the other book: in `before`, not in `after`. */
  readonly unpriced: readonly WhatIfNote[];
  /** Months of the span whose books are closed; nothing of them can be corrected by re-pricing. */
  readonly lockedMonths: readonly string[];
}

/** @throws RangeError when the question is too large to answer exactly. */
export async function askWhatIf(ledger: LedgerReader, ask: WhatIfAsk): Promise<WhatIf> {
  const [book, booked] = [openPriceBook(ask.book), openPriceBook(ask.booked)];
  const overrides = [...(ask.book.overrides ?? []), ...(ask.booked.overrides ?? [])];
  const { during, where, by, priceName, mapping } = ask;
  const uses = await readUses(ledger, { during, where, by, books: [book, booked], overrides, priceName });
  const speeds = (ask.booked.rules ?? []).flatMap((rule) => (rule.dimension === 'speed' ? [rule.value] : []));
  const repriced = repriceUses(
    uses.map(({ use }) => use),
    { book, mapping, booked: { book: booked, speeds: [...new Set(speeds)] } },
  );
  return { ...summed(uses, repriced), lockedMonths: await lockedIn(ledger, during) };
}

/** The locked months that a span touches. */
export async function lockedIn(ledger: LedgerReader, { fromMs, toMs }: Span): Promise<string[]> {
  const locked = await ledger.lockedMonths();
  return locked
    .map(({ month }) => month)
    .filter((month) => {
      const [year = 0, number = 1] = month.split('-').map(Number);
      return Date.UTC(year, number - 1, 1) < toMs && fromMs < Date.UTC(year, number, 1);
    });
}

function summed(uses: readonly GroupedUse[], repriced: readonly Repriced[]): Omit<WhatIf, 'lockedMonths'> {
  const groups = new Map<string, { group: readonly string[]; parts: Repriced[] }>();
  repriced.forEach((part, at) => {
    const group = uses[at]?.group ?? [];
    const key = JSON.stringify(group);
    const known = groups.get(key) ?? { group, parts: [] };
    known.parts.push(part);
    groups.set(key, known);
  });
  const rows = [...groups.values()].map(({ group, parts }) => ({ group, sums: sumsOf(parts) }));
  const size = ({ before, after }: Sums): bigint => (after > before ? after - before : before - after);
  const inexact = repriced.filter((one) => one.inexact !== '');
  return {
    rows: rows
      .toSorted((a, b) => (size(a.sums) === size(b.sums) ? 0 : size(a.sums) > size(b.sums) ? -1 : 1))
      .map(({ group, sums }) => ({ group, ...toFigures(sums) })),
    total: toFigures(sumsOf(repriced)),
    exact: inexact.length === 0,
    inexact: notes(inexact, ({ inexact: reason }) => reason).map(({ key, note }) => ({
      ...note,
      reason: key as Exclude<Repriced['inexact'], ''>,
    })),
    unpriced: notes(
      repriced.filter(({ after }) => after === undefined),
      () => '',
    ).map(({ note }) => note),
  };
}

interface Sums {
  readonly before: bigint;
  readonly after: bigint;
  readonly least: bigint;
  readonly most: bigint;
}

function sumsOf(parts: readonly Repriced[]): Sums {
  const sum = (of: (part: Repriced) => bigint): bigint => parts.reduce((total, part) => total + of(part), 0n);
  return {
    before: sum(({ use }) => use.cost),
    after: sum(({ after }) => after ?? 0n),
    least: sum(({ least }) => least),
    most: sum(({ most }) => most),
  };
}

function toFigures({ before, after, least, most }: Sums): WhatIfFigures {
  return {
    before: formatDollars(before),
    after: formatDollars(after),
    difference: formatDollars(after - before),
    least: formatDollars(least),
    most: formatDollars(most),
  };
}

function notes(parts: readonly Repriced[], keyOf: (part: Repriced) => string) {
  const alike = Map.groupBy(parts, (part) =>
    JSON.stringify([part.use.provider, part.use.model, part.use.bucket, keyOf(part)]),
  );
  return [...alike.values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const { provider, model, bucket } = first.use;
    const units = same.reduce((total, { use }) => total + use.units, 0);
    const before = formatDollars(same.reduce((total, { use }) => total + use.cost, 0n));
    return [{ key: keyOf(first), note: { provider, model, bucket, units, before } }];
  });
}
