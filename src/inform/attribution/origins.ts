/**
 * What a shared cost consists of: how much of it stands where, by everything that dividing it must not change. And who
 * used how much of what it pays for.
 */
import type { Condition, Dimension, LedgerReader, Question } from '../../ledger/question.ts';
import { parseDollars } from '../../units/money.ts';
import type { Picodollars } from '../../units/money.ts';
import { commitmentName, COMMITTED } from './commitments.ts';
import type { Commitment } from './commitments.ts';
import type { CostOrigin } from './cost-lines.ts';
import { monthSpan } from './months.ts';
import { statedWeights, UNUSED, withUnused } from './split.ts';
import type { SplitMethod, SplitTarget, Weighted } from './split.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MOST_GROUPS = 10_000;
/** The cause of lines that a split wrote. */
export const SHARED_COST = 'shared-cost';

export type SplitSource =
  | { readonly kind: 'workflow'; readonly workflow: string }
  | { readonly kind: 'account'; readonly provider: string; readonly account: string }
  /** A cost per month that no call has, such as a platform fee. */
  | { readonly kind: 'amount'; readonly monthly: string; readonly provider: string; readonly account: string }
  | { readonly kind: 'commitment'; readonly commitment: string };

/** What was divided in one month; kept in the registry. Amounts are decimal dollars. */
export interface SplitRecord {
  readonly split: string;
  readonly month: string;
  readonly method: string;
  readonly atMs: number;
  readonly forMonth?: string;
  readonly amount: string;
  readonly shares: ReadonlyArray<{
    readonly target: SplitTarget;
    readonly weight: string;
    readonly ratio: string;
    readonly amount: string;
  }>;
  readonly origins: ReadonlyArray<{
    readonly origin: CostOrigin;
    readonly costs: ReadonlyArray<{ readonly bucket: string; readonly cost: string }>;
    /** Where it was taken from; nowhere for a stated amount. */
    readonly taken: ReadonlyArray<{
      readonly owner: SplitTarget;
      readonly by: string;
      readonly costs: ReadonlyArray<{ readonly bucket: string; readonly cost: string }>;
    }>;
  }>;
  /** The posting that this one takes back. */
  readonly reverses?: string;
}

export interface Origin {
  readonly origin: CostOrigin;
  readonly costs: ReadonlyArray<{ readonly bucket: string; readonly cost: Picodollars }>;
  readonly taken: ReadonlyArray<{
    readonly owner: SplitTarget;
    readonly by: string;
    readonly costs: ReadonlyArray<{ readonly bucket: string; readonly cost: Picodollars }>;
  }>;
}

/** The eight dimensions that a cost keeps when it is divided, or is taken from. */
const KEPT = ['provider', 'account', 'region', 'model', 'bucket', 'workflow', 'team', 'customer'] as const;

/** What the source cost in the month before anything of it was split, origin by origin. */
export async function readOrigins(
  ledger: LedgerReader,
  source: SplitSource,
  month: string,
  commitments: readonly Commitment[],
): Promise<Origin[]> {
  if (source.kind === 'amount') {
    const { provider, account } = source;
    const origin = { provider, account, region: '', model: '', serviceTier: '' };
    return [{ origin, costs: [{ bucket: '', cost: parseDollars(source.monthly) }], taken: [] }];
  }
  const answer = await askMonth(ledger, month, ['cost'], KEPT, [
    ...sourceConditions(source, commitments),
    { dimension: 'cause', not: [SHARED_COST] },
  ]);
  const cells = answer.rows.map(({ group, figures }): Cell => {
    const [
      provider = '',
      account = '',
      region = '',
      model = '',
      bucket = '',
      workflow = '',
      team = '',
      customer = '',
    ] = group;
    return {
      origin: { provider, account, region, model, serviceTier: '' },
      owner: { workflow, team, customer },
      bucket,
      cost: parseDollars(figures.cost ?? '0'),
    };
  });
  return joinCells(cells);
}

interface Cell {
  readonly origin: CostOrigin;
  readonly owner: SplitTarget;
  readonly bucket: string;
  readonly cost: Picodollars;
}

function joinCells(cells: readonly Cell[]): Origin[] {
  const origins = Map.groupBy(
    cells.filter(({ cost }) => cost !== 0n),
    ({ origin }) => JSON.stringify(origin),
  );
  return [...origins.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const owners = Map.groupBy(own, ({ owner }) => JSON.stringify(owner));
    const taken = [...owners.values()].map((some) => ({
      owner: some[0]?.owner ?? UNUSED,
      by: '',
      costs: byBucket(some),
    }));
    return [{ origin: first.origin, costs: byBucket(own), taken }];
  });
}

function byBucket(cells: readonly Cell[]): Array<{ bucket: string; cost: Picodollars }> {
  const sums = new Map<string, Picodollars>();
  for (const { bucket, cost } of cells) sums.set(bucket, (sums.get(bucket) ?? 0n) + cost);
  return [...sums].map(([bucket, cost]) => ({ bucket, cost })).filter(({ cost }) => cost !== 0n);
}

/** Less what earlier postings of the same split divided of it already. */
export function withoutDivided(origins: readonly Origin[], before: readonly SplitRecord[]): Origin[] {
  const divided = before.flatMap((record) =>
    record.origins.flatMap(({ origin, costs, taken }): Cell[] =>
      (taken.length === 0 ? [{ owner: UNUSED, costs }] : taken).flatMap(({ owner, costs: some }) =>
        some.map(({ bucket, cost }) => ({ origin, owner, bucket, cost: -parseDollars(cost) })),
      ),
    ),
  );
  const stated = origins.filter(({ taken }) => taken.length === 0);
  if (stated.length > 0) {
    const sum = [...stated.flatMap(({ costs }) => costs), ...divided].reduce(
      (total, { cost }) => total + cost,
      0n,
    );
    return stated.flatMap((one) => (sum === 0n ? [] : [{ ...one, costs: [{ bucket: '', cost: sum }] }]));
  }
  const present = origins.flatMap(({ origin, taken }) =>
    taken.flatMap(({ owner, costs }) =>
      costs.map(({ bucket, cost }): Cell => ({ origin, owner, bucket, cost })),
    ),
  );
  const sums = Map.groupBy([...present, ...divided], ({ origin, owner, bucket }) =>
    JSON.stringify([origin, owner, bucket]),
  );
  return joinCells(
    [...sums.values()].flatMap((some) => {
      const [first] = some;
      return first === undefined ? [] : [{ ...first, cost: some.reduce((sum, { cost }) => sum + cost, 0n) }];
    }),
  );
}

function sourceConditions(
  source: Exclude<SplitSource, { kind: 'amount' }>,
  commitments: readonly Commitment[],
): Condition[] {
  switch (source.kind) {
    case 'workflow':
      return [{ dimension: 'workflow', is: [source.workflow] }];
    case 'account':
      return [
        { dimension: 'provider', is: [source.provider] },
        { dimension: 'account', is: [source.account] },
        // Calls of the account that have an owner are not shared; what nobody named is.
        { dimension: 'workflow', is: [''] },
      ];
    case 'commitment':
      findCommitment(commitments, source.commitment);
      return [{ dimension: 'correction', is: [commitmentName(source.commitment)] }];
  }
}

function findCommitment(commitments: readonly Commitment[], id: string): Commitment {
  const found = commitments.find((one) => one.id === id);
  if (found === undefined)
    throw new RangeError(
      `There is no commitment "${id}", so nothing can be split. Add it with "setpoint attribution commitment add".`,
    );
  return found;
}

export async function weigh(
  ledger: LedgerReader,
  { source, method }: { readonly source: SplitSource; readonly method: SplitMethod },
  month: string,
  { commitments, nowMs }: { readonly commitments: readonly Commitment[]; readonly nowMs: number },
): Promise<Weighted[]> {
  if (method.kind !== 'usage') return statedWeights(method);
  const of: Question['of'] = method.measure === 'tokens' ? ['inputTokens', 'outputTokens'] : [method.measure];
  const shared = source.kind === 'workflow' ? [source.workflow] : [];
  const answer = await askMonth(
    ledger,
    month,
    of,
    ['workflow', 'team'],
    [
      { dimension: 'cause', not: [SHARED_COST, COMMITTED] },
      {
        dimension: 'workflow',
        not: [...shared, UNUSED.workflow, ...(source.kind === 'account' ? [''] : [])],
      },
      ...(method.workflows.length > 0 ? [{ dimension: 'workflow', is: method.workflows } as const] : []),
      ...usedFrom(source, commitments),
    ],
  );
  const weighted = answer.rows.map(({ group, figures }): Weighted => {
    const { cost = '0', calls = 0, inputTokens = 0, outputTokens = 0 } = figures;
    const used = {
      cost: parseDollars(cost),
      calls: BigInt(calls),
      tokens: BigInt(inputTokens + outputTokens),
    };
    const weight = used[method.measure];
    const [workflow = '', team = ''] = group;
    return { target: { workflow, team, customer: '' }, weight: weight < 0n ? 0n : weight };
  });
  return source.kind === 'commitment'
    ? unusedOf(findCommitment(commitments, source.commitment), { month, nowMs }, method.measure, weighted)
    : weighted;
}

/** Usage counts where the shared cost serves: calls of the account, or those that ran on the commitment. */
function usedFrom(source: SplitSource, commitments: readonly Commitment[]): Condition[] {
  if (source.kind === 'account')
    return [
      { dimension: 'provider', is: [source.provider] },
      { dimension: 'account', is: [source.account] },
    ];
  if (source.kind !== 'commitment') return [];
  const { provider, account, model } = findCommitment(commitments, source.commitment);
  return [
    { dimension: 'provider', is: [provider] },
    { dimension: 'serviceTier', is: ['provisioned'] },
    ...(account === '' ? [] : [{ dimension: 'account', is: [account] } as const]),
    ...(model === '' ? [] : [{ dimension: 'model', is: [model] } as const]),
  ];
}

/** What was committed and not used stays with `unused`: all of it when nobody used any. */
function unusedOf(
  commitment: Commitment,
  { month, nowMs }: { readonly month: string; readonly nowMs: number },
  measure: string,
  weighted: readonly Weighted[],
): Weighted[] {
  const { fromMs, toMs } = monthSpan(month);
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS; // what is posted ends with the last day that is over
  const heldMs = Math.min(toMs, commitment.untilMs ?? Infinity, today) - Math.max(fromMs, commitment.fromMs);
  const perHour = measure === 'tokens' ? (commitment.tokensPerHour ?? 0) : 0;
  const capacity = (BigInt(perHour) * BigInt(Math.max(0, Math.round(heldMs)))) / BigInt(HOUR_MS);
  const withRest = withUnused(weighted, capacity);
  return withRest.every(({ weight }) => weight === 0n)
    ? [...withRest, { target: UNUSED, weight: 1n }]
    : withRest;
}

async function askMonth(
  ledger: LedgerReader,
  month: string,
  of: Question['of'],
  by: readonly Dimension[],
  where: readonly Condition[],
) {
  const { fromMs, toMs } = monthSpan(month);
  const question = { of, by, where, during: { fromMs, toMs }, timeZone: 'UTC', limit: MOST_GROUPS };
  const answer = await ledger.ask({ ...question, simulated: 'exclude' });
  if (answer.other !== null)
    throw new RangeError(
      `${month} has more than ${MOST_GROUPS} groups of cost to divide, so a part would be left out. Nothing was changed. Split a narrower source.`,
    );
  return answer;
}
