/** A ledger of uses (priced buckets) that answers export questions as the real one does: grouped, limited, the rest in `other`. */
import type { Answer, Condition, Figures, LedgerReader, Question } from '../../src/ledger/question.ts';
import { divideRounded, formatDollars, parseDollars } from '../../src/units/money.ts';

export interface Use {
  readonly atMs: number;
  /** Dimensions by name; what is missing is `''`. `rate` is dollars per million units, `''` where unpriced. */
  readonly is: Readonly<Record<string, string>>;
  readonly units: number;
  /** Decimal dollars per million units at list; by default what was paid. */
  readonly listRate?: string;
  /** Of a use without units or with a cost of its own: decimal dollars. */
  readonly cost?: string;
}

export interface UsesLedger extends Pick<LedgerReader, 'ask'> {
  readonly asked: Question[];
}

export function usesLedger(uses: readonly Use[], most = 10_000): UsesLedger {
  const asked: Question[] = [];
  return {
    asked,
    async ask(question) {
      asked.push(question);
      if (question.limit > most) return answer(uses, { ...question, limit: most });
      return answer(uses, question);
    },
  };
}

export function costOfUse({ is, units, cost }: Use): bigint {
  if (cost !== undefined) return parseDollars(cost);
  const rate = is['rate'] ?? '';
  return rate === '' ? 0n : divideRounded(BigInt(units) * parseDollars(rate), 1_000_000n);
}

function listCostOfUse(use: Use): bigint {
  return use.listRate === undefined
    ? costOfUse(use)
    : costOfUse({ ...use, is: { ...use.is, rate: use.listRate } });
}

function answer(all: readonly Use[], question: Question): Answer {
  const uses = all.filter(
    (use) =>
      use.atMs >= question.during.fromMs &&
      use.atMs < question.during.toMs &&
      question.where.every((condition) => fits(use, condition)),
  );
  const groups = new Map<string, Use[]>();
  for (const use of uses) {
    const key = JSON.stringify(question.by.map((dimension) => valueOf(use, dimension)));
    groups.set(key, [...(groups.get(key) ?? []), use]);
  }
  const rows = [...groups].map(([key, own]) => ({ group: JSON.parse(key) as string[], own }));
  rows.sort((a, b) => Number(costOf(b.own) - costOf(a.own)));
  const rest = rows.slice(question.limit).flatMap(({ own }) => own);
  const unpriced = uses.filter(({ is, cost }) => (is['rate'] ?? '') === '' && cost === undefined).length;
  return {
    rows: rows.slice(0, question.limit).map(({ group, own }) => ({ group, figures: figures(own) })),
    other: rest.length > 0 ? figures(rest) : null,
    total: figures(uses),
    timeZone: question.timeZone,
    priceVersions: ['2026-10-01+abcd1234'],
    asOfMs: Date.UTC(2026, 10, 5),
    completeUntilMs: Date.UTC(2026, 10, 5) - 1_000,
    unpricedCalls: unpriced,
    unattributedCalls: 0,
    unattributedCost: '0',
    simulatedCalls: 0,
  };
}

function fits(use: Use, { dimension, is, not }: Condition): boolean {
  const value = valueOf(use, dimension);
  return (is === undefined || is.includes(value)) && !not?.includes(value);
}

function valueOf({ atMs, is }: Use, dimension: string): string {
  const text = new Date(atMs).toISOString();
  if (dimension === 'day') return text.slice(0, 10);
  if (dimension === 'hour') return `${text.slice(0, 13)}:00+00:00`;
  return is[dimension] ?? '';
}

function costOf(uses: readonly Use[]): bigint {
  return uses.reduce((sum, use) => sum + costOfUse(use), 0n);
}

function figures(uses: readonly Use[]): Figures {
  return {
    cost: formatDollars(costOf(uses)),
    listCost: formatDollars(uses.reduce((sum, use) => sum + listCostOfUse(use), 0n)),
    units: uses.reduce((sum, { units }) => sum + units, 0),
    lines: uses.length,
    unpricedCalls: uses.filter(({ is, cost }) => (is['rate'] ?? '') === '' && cost === undefined).length,
  };
}
