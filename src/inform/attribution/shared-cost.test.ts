import { randomBytes } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { lineLedger } from '../../../test/fakes/line-ledger.ts';
import type { FakeLine, LineLedger } from '../../../test/fakes/line-ledger.ts';
import { openRegistry } from '../../registry/registry.ts';
import { formatDollars, parseDollars } from '../../units/money.ts';
import { committedPeriods } from './commitments.ts';
import { openAttributing, recordOf } from './attribution.ts';
import type { Attributing, Commitment, SplitDraft } from './attribution.ts';

const SEPTEMBER = { fromMs: Date.UTC(2026, 8, 1), toMs: Date.UTC(2026, 9, 1) };
const NOW_MS = Date.UTC(2026, 9, 10);

interface World {
  readonly ledger: LineLedger;
  readonly attributing: Attributing;
}

async function open(lines: readonly FakeLine[]): Promise<World> {
  const ledger = lineLedger(lines);
  const { attribution } = await openRegistry({ file: ':memory:', nowMs: () => NOW_MS, randomBytes });
  const { reader, poster } = ledger;
  const parts = { ledger: reader, poster, registry: attribution, teamOf: () => '', now: () => NOW_MS };
  return { ledger, attributing: openAttributing(parts) };
}

function line(
  cost: string,
  workflow: string,
  is: Record<string, string> = {},
  more: Partial<FakeLine> = {},
): FakeLine {
  const origin = { provider: 'openai', account: 'main', region: 'eu', model: 'gpt-5', bucket: 'textOut' };
  return {
    atMs: Date.UTC(2026, 8, 10),
    cost,
    is: { ...origin, workflow, leg: 'settle', cause: '', ...is },
    ...more,
  };
}

const PLATFORM: SplitDraft = {
  id: 'platform',
  name: 'platform',
  source: { kind: 'workflow', workflow: 'platform' },
  method: { kind: 'usage', measure: 'cost', workflows: [] },
  from: '2026-09',
};
const targets = ['support', 'sales'].map((workflow) => ({ workflow, team: '', customer: '' }));

async function apply(world: World, draft: SplitDraft) {
  const decided = await world.attributing.decideSplit(draft, 'why', 'ada');
  expect(decided).toMatchObject({ kind: 'decided' });
  return again(world, draft.id);
}

async function again({ attributing }: World, id: string) {
  const split = (await attributing.splits()).find((one) => one.id === id);
  if (split === undefined) throw new Error(`split ${id} is not in force`);
  return attributing.applySplit(split, { during: SEPTEMBER, actor: 'ada' });
}

function sums({ ledger }: World, name: string): Record<string, string> {
  const costs = new Map<string, bigint>();
  for (const { is, cost } of ledger.lines)
    costs.set(is[name] ?? '', (costs.get(is[name] ?? '') ?? 0n) + parseDollars(cost));
  return Object.fromEntries(
    [...costs].filter(([, sum]) => sum !== 0n).map(([key, sum]) => [key, formatDollars(sum)]),
  );
}

const SHARED = [
  line('10', 'platform'),
  line('0.000000000001', 'platform', { model: 'gpt-5-mini', provider: 'azure' }),
  line('60', 'support'),
  line('30', 'sales'),
];

describe('splitting a workflow', () => {
  it('takes it back and gives it by what each used; providers, models and the total do not move', async () => {
    const world = await open(SHARED);
    const before = [sums(world, 'provider'), sums(world, 'model'), sums(world, 'account')];
    const outcomes = await apply(world, PLATFORM);
    expect(outcomes).toMatchObject([
      { kind: 'split', month: '2026-09', record: { method: 'usage by cost', amount: '10.000000000001' } },
    ]);
    expect(sums(world, 'workflow')).toEqual({ support: '66.666666666668', sales: '33.333333333333' });
    expect([sums(world, 'provider'), sums(world, 'model'), sums(world, 'account')]).toEqual(before);
    const written = world.ledger.lines.slice(SHARED.length);
    expect(new Set(written.map(({ is }) => `${is['leg']} ${is['cause']} ${is['correction']}`))).toEqual(
      new Set(['adjust shared-cost split:platform@1:2026-09']),
    );
    expect(written.every(({ calls }) => calls === 0)).toBe(true);
  });

  it('again divides nothing; what came since is divided by itself', async () => {
    const world = await open(SHARED);
    await apply(world, PLATFORM);
    expect(await again(world, 'platform')).toMatchObject([
      { kind: 'left', reason: 'there is nothing left to divide' },
    ]);
    world.ledger.lines.push(line('3', 'platform'));
    expect(await again(world, 'platform')).toMatchObject([{ kind: 'split', record: { amount: '3' } }]);
    expect(sums(world, 'workflow')).toEqual({ support: '68.666666666668', sales: '34.333333333333' });
  });

  it('reversed is as if it had never been, and can be split again', async () => {
    const world = await open(SHARED);
    const before = sums(world, 'workflow');
    await apply(world, PLATFORM);
    const month = { split: 'platform', month: '2026-09', actor: 'ada' };
    expect(await world.attributing.reverseSplit(month)).toMatchObject([{ kind: 'reversed' }]);
    expect(sums(world, 'workflow')).toEqual(before);
    expect(await world.attributing.reverseSplit(month)).toEqual([]);
    expect(await world.attributing.allocations('2026-09')).toEqual([]);
    expect(await again(world, 'platform')).toMatchObject([
      { kind: 'split', record: { amount: '10.000000000001' } },
    ]);
  });

  it('a new version takes back what the old one did', async () => {
    const world = await open(SHARED);
    await apply(world, PLATFORM);
    const outcomes = await apply(world, { ...PLATFORM, method: { kind: 'even', targets } });
    expect(outcomes.map(({ kind }) => kind)).toEqual(['reversed', 'split']);
    expect(sums(world, 'workflow')).toEqual({ support: '65.000000000001', sales: '35' });
  });

  it('books a locked month in the next that is open', async () => {
    const world = await open(SHARED);
    world.ledger.locked.push('2026-09');
    await apply(world, PLATFORM);
    const written = world.ledger.lines.slice(SHARED.length);
    expect(new Set(written.map(({ atMs }) => new Date(atMs).toISOString().slice(0, 7)))).toEqual(
      new Set(['2026-10']),
    );
    expect(written.every(({ is }) => is['forMonth'] === '2026-09')).toBe(true);
    expect(await again(world, 'platform')).toMatchObject([{ kind: 'left' }]);
  });

  it('stays where it is when nobody used anything', async () => {
    const world = await open([line('10', 'platform')]);
    expect(await apply(world, PLATFORM)).toMatchObject([{ kind: 'left', amount: '10' }]);
    expect(sums(world, 'workflow')).toEqual({ platform: '10' });
  });

  it('keeps its record: method, ratios that sum to 1, amounts that sum to the whole', async () => {
    const world = await open(SHARED);
    await apply(world, PLATFORM);
    const [record] = (await world.attributing.allocations('2026-09')).map(recordOf);
    const sum = (texts: readonly string[] = []) =>
      formatDollars(texts.reduce((total, text) => total + parseDollars(text), 0n));
    expect(sum(record?.shares.map(({ ratio }) => ratio))).toBe('1');
    expect(sum(record?.shares.map(({ amount }) => amount))).toBe(record?.amount);
  });

  it.each(['before', 'after'] as const)(
    'is exactly once when the ledger goes away %s it was told',
    async (when) => {
      const world = await open(SHARED);
      world.ledger.failNext(when);
      await expect(apply(world, PLATFORM)).rejects.toThrow(/went away/);
      await again(world, 'platform');
      expect(sums(world, 'workflow')).toEqual({ support: '66.666666666668', sales: '33.333333333333' });
    },
  );

  it('whatever is split by whatever weights: nothing is lost, and reversed nothing is left', async () => {
    const money = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }).map(formatDollars);
    const weight = fc.bigInt({ min: 1n, max: 10n ** 15n }).map(formatDollars);
    const cells = fc.array(
      fc.tuple(money, fc.constantFrom('gpt-5', 'o3'), fc.constantFrom('textOut', 'freshIn')),
      {
        maxLength: 6,
      },
    );
    await fc.assert(
      fc.asyncProperty(cells, weight, weight, async (costs, a, b) => {
        const world = await open(
          costs.map(([cost, model, bucket]) => line(cost, 'platform', { model, bucket })),
        );
        const before = sums(world, 'model');
        const weights = [a, b].map((one, at) => ({ ...(targets[at] as (typeof targets)[0]), weight: one }));
        await apply(world, { ...PLATFORM, method: { kind: 'weights', targets: weights } });
        expect(sums(world, 'model')).toEqual(before);
        expect(sums(world, 'workflow')['platform']).toBeUndefined();
        await world.attributing.reverseSplit({ split: 'platform', month: '2026-09', actor: 'ada' });
        expect(sums(world, 'workflow')['support']).toBeUndefined();
        expect(sums(world, 'model')).toEqual(before);
      }),
      { numRuns: 40 },
    );
  });
});

describe('other sources', () => {
  it('a stated amount is a cost that was not there, divided once a month', async () => {
    const world = await open(SHARED);
    const fee: SplitDraft = {
      ...PLATFORM,
      id: 'fee',
      source: { kind: 'amount', monthly: '100.01', provider: 'openai', account: 'main' },
      method: { kind: 'even', targets },
    };
    await apply(world, fee);
    expect(sums(world, 'workflow')).toMatchObject({ support: '110.005', sales: '80.005' });
    expect(await again(world, 'fee')).toMatchObject([{ kind: 'left' }]);
    await apply(world, {
      ...fee,
      source: { kind: 'amount', monthly: '120', provider: 'openai', account: 'main' },
    });
    expect(sums(world, 'workflow')).toMatchObject({ support: '120', sales: '90' });
  });

  it('an account: what nobody is named for, by the calls of those who are', async () => {
    const world = await open([
      line('8', ''),
      line('5', '', { account: 'other' }),
      line('1', 'support', {}, { calls: 3 }),
      line('1', 'sales', {}, { calls: 1 }),
    ]);
    await apply(world, {
      ...PLATFORM,
      source: { kind: 'account', provider: 'openai', account: 'main' },
      method: { kind: 'usage', measure: 'calls', workflows: [] },
    });
    expect(sums(world, 'workflow')).toEqual({ '': '5', support: '7', sales: '3' });
  });

  it.each<[string, Partial<SplitDraft>, string]>([
    ['no month', { from: 'September' }, 'from'],
    ['an end before the beginning', { until: '2026-08' }, 'until'],
    ['no target', { method: { kind: 'even', targets: [] } }, 'method.targets'],
    ['a target twice', { method: { kind: 'even', targets: [...targets, ...targets] } }, 'method.targets.2'],
    [
      'itself as a target',
      { method: { kind: 'even', targets: [{ workflow: 'platform', team: '', customer: '' }] } },
      'method.targets.0',
    ],
    [
      'a commitment that is not there',
      { source: { kind: 'commitment', commitment: 'x' } },
      'source.commitment',
    ],
    [
      'an amount that is none',
      { source: { kind: 'amount', monthly: 'a lot', provider: 'p', account: '' } },
      'source.monthly',
    ],
  ])('refuses %s', async (_, more, path) => {
    const { attributing } = await open([]);
    const decided = await attributing.decideSplit({ ...PLATFORM, ...more }, '', 'ada');
    expect(decided.kind === 'problems' && decided.problems.map((one) => one.path)).toContain(path);
  });
});

const PTU: Omit<Commitment, 'version'> = {
  id: 'ptu',
  provider: 'azure',
  account: 'east',
  model: '',
  hourly: '2',
  fromMs: Date.UTC(2026, 8, 11),
  lines: 'daily',
  tokensPerHour: 1_000,
};

describe('commitments', () => {
  it('cost the same in days as in one month, to the picodollar', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.nat(40 * 24 * 3_600_000), (hourly, offset) => {
        const commitment = {
          ...PTU,
          version: 1,
          hourly: formatDollars(hourly),
          fromMs: Date.UTC(2026, 7, 20) + offset,
        };
        const sum = (lines: 'daily' | 'monthly') =>
          committedPeriods({ ...commitment, lines }, SEPTEMBER, NOW_MS).reduce(
            (total, { cost }) => total + cost,
            0n,
          );
        expect(sum('daily')).toBe(sum('monthly'));
      }),
    );
  });

  it('are posted once per day that is over, under unused', async () => {
    const world = await open([]);
    await world.attributing.decideCommitment(PTU, '', 'ada');
    const [commitment] = await world.attributing.commitments();
    const post = () =>
      world.attributing.postCommitment(commitment as Commitment, { during: SEPTEMBER, actor: 'ada' });
    const posted = await post();
    expect(posted).toHaveLength(20);
    expect(posted[0]).toMatchObject({ period: '2026-09-11', cost: '48' });
    expect(await post()).toEqual([]);
    expect(sums(world, 'workflow')).toEqual({ unused: '960' });
    expect(new Set(world.ledger.lines.map(({ is }) => is['leg']))).toEqual(new Set(['settle']));
  });

  it('are split by the tokens of provisioned calls; what nobody used stays unused', async () => {
    const provisioned = { provider: 'azure', account: 'east', serviceTier: 'provisioned' };
    const world = await open([
      line('0', 'support', provisioned, { tokens: 180_000 }),
      line('0', 'sales', provisioned, { tokens: 60_000 }),
      line('9', 'batch', { ...provisioned, serviceTier: '' }, { tokens: 1_000_000 }),
    ]);
    await world.attributing.decideCommitment(PTU, '', 'ada');
    const [commitment] = await world.attributing.commitments();
    await world.attributing.postCommitment(commitment as Commitment, { during: SEPTEMBER, actor: 'ada' });
    await apply(world, {
      ...PLATFORM,
      id: 'ptu',
      source: { kind: 'commitment', commitment: 'ptu' },
      method: { kind: 'usage', measure: 'tokens', workflows: [] },
    });
    // 480 hours of 1,000 tokens are 480,000: half of them were used, three quarters of that by support.
    expect(sums(world, 'workflow')).toEqual({ support: '360', sales: '120', unused: '480', batch: '9' });
    expect(await again(world, 'ptu')).toMatchObject([{ kind: 'left' }]);
  });

  it('that nobody used stay unused', async () => {
    const world = await open([]);
    const unsized = { ...PTU };
    delete (unsized as { tokensPerHour?: number }).tokensPerHour;
    await world.attributing.decideCommitment(unsized, '', 'ada');
    const [commitment] = await world.attributing.commitments();
    await world.attributing.postCommitment(commitment as Commitment, { during: SEPTEMBER, actor: 'ada' });
    await apply(world, {
      ...PLATFORM,
      id: 'ptu',
      source: { kind: 'commitment', commitment: 'ptu' },
      method: { kind: 'usage', measure: 'tokens', workflows: [] },
    });
    expect(sums(world, 'workflow')).toEqual({ unused: '960' });
  });
});
