/** Reads what a reconciliation needs from the ledger: a month by hour, its sizes, its failures, and whose lines they are. */
import type { AnswerRow, Condition, Dimension, LedgerReader, Measure, Span } from '../../ledger/question.ts';
import { parseDollars } from '../../units/money.ts';
import { BESIDE_USE } from './causes.ts';
import { DAY_TAG } from './corrections.ts';
import type { Share } from './corrections.ts';
import type { BookedFact, LedgerFact, MonthFacts } from './facts.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Days of other time zones reach so far beyond the month. */
const MARGIN_MS = 14 * HOUR_MS;
const MOST_GROUPS = 10_000;

export interface ReadMonth {
  readonly facts: MonthFacts;
  readonly shares: readonly Share[];
}

interface Asking {
  readonly ledger: LedgerReader;
  readonly simulated: 'exclude' | 'include';
}

/** @throws RangeError when the ledger has more groups in one hour than it tells apart. */
export async function readMonth(
  ledger: LedgerReader,
  month: string,
  options: { readonly nowMs: number; readonly simulated?: boolean },
): Promise<ReadMonth> {
  const asking: Asking = { ledger, simulated: options.simulated === true ? 'include' : 'exclude' };
  const fromMs = Date.parse(`${month}-01T00:00:00Z`);
  const toMs = Date.UTC(new Date(fromMs).getUTCFullYear(), new Date(fromMs).getUTCMonth() + 1);
  const span = { fromMs, toMs };
  const open: Condition = { dimension: 'forMonth', is: [''] };
  const after: Condition = { dimension: 'forMonth', is: [month] };
  const wide = { fromMs: Math.max(0, fromMs - MARGIN_MS), toMs: toMs + MARGIN_MS };
  const since = { fromMs, toMs: Math.max(toMs, options.nowMs + DAY_MS) };
  const use: Condition = { dimension: 'cause', not: BESIDE_USE };
  const beside: Condition = { dimension: 'cause', is: BESIDE_USE };
  const tag = `tag:${DAY_TAG}` as const;
  const providers = (await groups(asking, ['provider'], wide, [open])).map(({ group }) => group[0] ?? '');
  const later = (await groups(asking, ['provider'], since, [after])).map(({ group }) => group[0] ?? '');
  const lines: LedgerFact[] = [];
  const bands: MonthFacts['bands'][number][] = [];
  const failed: MonthFacts['failed'][number][] = [];
  const booked: BookedFact[] = [];
  const shares: Share[] = [];
  for (const provider of new Set([...providers, ...later])) {
    const named: Condition = { dimension: 'provider', is: [provider] };
    const rows = await groups(asking, ['hour', ...MAIN], wide, [named, use, open]);
    const late = await groups(asking, [tag, ...MAIN], since, [named, use, after]);
    lines.push(
      ...rows.map((row) => factOf(provider, row)),
      ...late.map((row) => factOf(provider, dated(row, month))),
    );
    bands.push(
      ...(await groups(asking, BANDS, span, [named, use, open])).map((row) => bandOf(provider, row)),
    );
    const before = await groups(asking, ['cause'], span, [named, beside, open]);
    const afterwards = await groups(asking, ['cause'], since, [named, beside, after]);
    booked.push(
      ...[...before, ...afterwards].map(({ group: [cause = ''], figures }) => ({
        provider,
        cause,
        cost: sumsOf(figures).cost,
      })),
    );
    const accounts = new Set(rows.map(({ group }) => group[1] ?? ''));
    for (const account of accounts)
      for (const doubtful of [false, true]) {
        const basis: Condition = { dimension: 'basis', [doubtful ? 'not' : 'is']: ['reported'] };
        const paid: Condition = { dimension: 'account', is: [account] };
        const found = await groups(asking, SHARES, span, [named, use, open, paid, basis]);
        shares.push(...found.map((row) => shareOf({ provider, account, doubtful }, row)));
      }
    failed.push(...(await failuresOf(asking, provider, span, [named, use, open])));
  }
  return { facts: { month, lines, bands, failed, booked }, shares };
}

async function failuresOf(
  asking: Asking,
  provider: string,
  span: Span,
  where: readonly Condition[],
): Promise<MonthFacts['failed'][number][]> {
  const failed: Condition = { dimension: 'status', is: ['upstream_error', 'upstream_failed'] };
  const found = await groups(
    asking,
    ['day', 'account', 'model'],
    span,
    [...where, failed],
    ['attempts', 'cost'],
  );
  return found
    .filter(({ figures }) => figures.cost === '0')
    .map(({ group: [day = '', account = '', model = ''], figures }) => ({
      provider,
      day,
      account,
      model,
      attempts: figures.attempts ?? 0,
    }));
}

const MAIN = ['account', 'model', 'bucket', 'serviceTier', 'region', 'rate', 'basis'] as const;
const BANDS = ['day', 'account', 'model', 'bucket', 'serviceTier', 'region', 'contextBand'] as const;
const SHARES = ['day', 'model', 'bucket', 'serviceTier', 'region', 'workflow', 'team', 'customer'] as const;
const OF: readonly Measure[] = ['units', 'cost'];

/** All groups of a span; where there are too many for one answer, of its halves. */
async function groups(
  asking: Asking,
  by: readonly Dimension[],
  during: Span,
  where: readonly Condition[],
  of: readonly Measure[] = OF,
): Promise<AnswerRow[]> {
  const { ledger, simulated } = asking;
  const answer = await ledger.ask({ of, by, during, where, timeZone: 'UTC', simulated, limit: MOST_GROUPS });
  if (answer.other === null) return [...answer.rows];
  const hours = Math.floor((during.toMs - during.fromMs) / HOUR_MS);
  if (hours < 2)
    throw new RangeError(
      `one hour of the ledger has more than ${MOST_GROUPS} groups by ${by.join(', ')}, so that the month cannot be matched key by key. Reconcile one provider at a time.`,
    );
  const middle = during.fromMs + Math.floor(hours / 2) * HOUR_MS;
  const first = await groups(asking, by, { fromMs: during.fromMs, toMs: middle }, where, of);
  return [...first, ...(await groups(asking, by, { fromMs: middle, toMs: during.toMs }, where, of))];
}

function dated({ group: [day = '', ...rest], figures }: AnswerRow, month: string): AnswerRow {
  return { group: [`${day === '' ? `${month}-01` : day}T12:00Z`, ...rest], figures };
}

function factOf(provider: string, { group, figures }: AnswerRow): LedgerFact {
  const [hour = '', account = '', model = '', bucket = '', tier = '', region = '', rate = '', basis = ''] =
    group;
  return {
    provider,
    atMs: Date.parse(hour),
    account,
    model,
    bucket,
    tier,
    region,
    rate,
    basis,
    ...sumsOf(figures),
  };
}

function bandOf(provider: string, { group, figures }: AnswerRow): MonthFacts['bands'][number] {
  const [day = '', account = '', model = '', bucket = '', tier = '', region = '', band = ''] = group;
  return { provider, day, account, model, bucket, tier, region, band, ...sumsOf(figures) };
}

function shareOf(
  about: Pick<Share, 'provider' | 'account' | 'doubtful'>,
  { group, figures }: AnswerRow,
): Share {
  const [day = '', model = '', bucket = '', tier = '', region = '', workflow = '', team = '', customer = ''] =
    group;
  const atMs = Date.parse(`${day}T00:00:00Z`);
  return { ...about, atMs, model, bucket, tier, region, workflow, team, customer, ...sumsOf(figures) };
}

function sumsOf({ units = 0, cost = '0' }: AnswerRow['figures']): {
  readonly units: bigint;
  readonly cost: bigint;
} {
  return { units: BigInt(units), cost: parseDollars(cost) };
}
