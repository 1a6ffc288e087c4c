import { randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { lineLedger } from '../../../test/fakes/line-ledger.ts';
import type { FakeLine, LineLedger } from '../../../test/fakes/line-ledger.ts';
import { openRegistry } from '../../registry/registry.ts';
import type { AttributionRegistry } from '../../registry/registry.ts';
import { formatDollars, parseDollars } from '../../units/money.ts';
import { openAttributing, readCoverage, readMissing } from './attribution.ts';
import type { Attributing, Preview, RuleDraft } from './attribution.ts';

const SEPTEMBER = { fromMs: Date.UTC(2026, 8, 1), toMs: Date.UTC(2026, 9, 1) };
const QUARTER = { fromMs: Date.UTC(2026, 6, 1), toMs: Date.UTC(2026, 9, 1) };
const NOW_MS = Date.UTC(2026, 9, 10);
const TEAMS: Record<string, string> = { support: 'CX', batch: 'Data' };

interface World {
  readonly ledger: LineLedger;
  readonly registry: AttributionRegistry;
  readonly attributing: Attributing;
}

async function open(lines: readonly FakeLine[]): Promise<World> {
  const ledger = lineLedger(lines);
  const opened = await openRegistry({ file: ':memory:', nowMs: () => NOW_MS, randomBytes });
  const registry = opened.attribution;
  const attributing = openAttributing({
    ledger: ledger.reader,
    poster: ledger.poster,
    registry,
    teamOf: (workflow) => TEAMS[workflow] ?? '',
    now: () => NOW_MS,
  });
  return { ledger, registry, attributing };
}

function line(cost: string, is: Record<string, string>, more: Partial<FakeLine> = {}): FakeLine {
  const said = is['workflow'] === undefined ? '' : 'said';
  return {
    atMs: Date.UTC(2026, 8, 10),
    cost,
    is: { attributedBy: said, leg: 'settle', team: said === '' ? '' : 'CX', ...is },
    ...more,
  };
}

/** $100, of which $31 says nothing: $20 of a batch job, $7 of a desk program, $4 of nobody knows whom. */
const SPEND: readonly FakeLine[] = [
  line('60', { workflow: 'support', path: '/v1/chat', key: 'k1', fingerprint: 'f-desk' }),
  line('9', { workflow: 'default', team: '', path: '/v1/chat', key: 'k2' }),
  line('20.000000000001', { path: '/v1/batch/7', key: 'k3' }, { calls: 4 }),
  line('7', { path: '/v1/chat', key: 'unkeyed', fingerprint: 'f-desk' }),
  line('3.999999999999', { path: '/v1/chat', key: 'unkeyed' }, { calls: 2, unpriced: 1 }),
];

function draft(id: string, more: Partial<RuleDraft> = {}): RuleDraft {
  return {
    id,
    order: 100,
    when: [{ sign: 'path', is: ['/v1/batch*'] }],
    set: { workflow: 'batch' },
    ...more,
  };
}

const DESK = draft('desk', { when: [{ sign: 'fingerprint', is: ['f-desk'] }], set: { workflow: 'support' } });

async function decided({ attributing }: World, ...drafts: readonly RuleDraft[]): Promise<void> {
  for (const one of drafts) expect((await attributing.decideRule(one, 'why', 'ada')).kind).toBe('decided');
}

/** Cost by owner as `workflow/team`, and the whole. */
function costs({ ledger }: World): Record<string, string> {
  const sums: Record<string, bigint> = {};
  for (const { is, cost } of ledger.lines) {
    const name = `${is['workflow'] ?? ''}/${is['team'] ?? ''}`;
    sums[name] = (sums[name] ?? 0n) + parseDollars(cost);
  }
  return Object.fromEntries(
    Object.entries(sums)
      .filter(([, sum]) => sum !== 0n)
      .map(([name, sum]) => [name, formatDollars(sum)]),
  );
}

function total({ ledger }: World): string {
  return formatDollars(ledger.lines.reduce((sum, { cost }) => sum + parseDollars(cost), 0n));
}

/** Of a thousand dollars, those without a workflow: before and after. */
function missingPerMille({ total: { cost }, before, after }: Preview): bigint[] {
  return [before, after].map((missing) => (missing.cost * 1_000n + cost / 2n) / cost);
}

describe('a preview', () => {
  it('says what would move, from whom to whom, and writes nothing', async () => {
    const world = await open(SPEND);
    const before = structuredClone(world.ledger.lines);
    const preview = await world.attributing.preview({
      during: SEPTEMBER,
      drafts: [draft('batch'), DESK],
      only: [],
      simulated: 'exclude',
    });
    expect(missingPerMille(preview)).toEqual([310n, 40n]);
    expect(formatDollars(preview.moved.cost)).toBe('27.000000000001');
    expect(preview.rules).toMatchObject([
      {
        rule: { id: 'batch', version: 1 },
        cost: parseDollars('20.000000000001'),
        calls: 4,
        moves: [
          {
            from: { workflow: '', team: '', customer: '' },
            to: { workflow: 'batch', team: 'Data', customer: '' },
          },
        ],
      },
      { rule: { id: 'desk' }, moves: [{ to: { workflow: 'support', team: 'CX' } }] },
    ]);
    expect(world.ledger.lines).toEqual(before);
    expect(await world.registry.postings('rule')).toEqual([]);
  });

  it('gives a call to the first rule of the order alone', async () => {
    const { attributing } = await open(SPEND);
    const { rules } = await attributing.preview({
      during: SEPTEMBER,
      drafts: [
        draft('late', { order: 2, set: { workflow: 'late', customer: 'acme' } }),
        draft('early', { order: 1 }),
      ],
      only: [],
      simulated: 'exclude',
    });
    expect(rules.map(({ rule, moves }) => [rule.id, moves.map(({ to }) => to)])).toEqual([
      ['early', [{ workflow: 'batch', team: 'Data', customer: '' }]],
      ['late', [{ workflow: 'batch', team: 'Data', customer: 'acme' }]],
    ]);
  });

  it('knows when a rule begins and ends', async () => {
    const { attributing } = await open(
      [5, 15, 25].map((day) => line('1', { path: '/v1/batch/1' }, { atMs: Date.UTC(2026, 8, day) })),
    );
    const bounded = draft('batch', { fromMs: Date.UTC(2026, 8, 10), untilMs: Date.UTC(2026, 8, 20) });
    const preview = await attributing.preview({
      during: SEPTEMBER,
      drafts: [bounded],
      only: [],
      simulated: 'exclude',
    });
    expect(preview.moved.calls).toBe(1);
    expect(preview.total.calls).toBe(3);
  });

  it('says that a rule with hours only names calls to come', async () => {
    const { attributing } = await open(SPEND);
    const hours = { days: [1], from: '22:00', until: '06:00', timeZone: 'UTC' };
    const { rules } = await attributing.preview({
      during: SEPTEMBER,
      drafts: [draft('night', { hours })],
      only: [],
      simulated: 'exclude',
    });
    expect(rules).toMatchObject([{ moves: [], forwardOnly: expect.stringContaining('calls to come') }]);
  });

  it('refuses what cannot be answered whole', async () => {
    const { attributing } = await open(SPEND);
    const when = ['key', 'provider', 'account', 'region', 'model', 'fingerprint'].map(
      (sign) => ({ sign, is: ['x'] }) as RuleDraft['when'][number],
    );
    await expect(
      attributing.preview({
        during: SEPTEMBER,
        drafts: [draft('wide', { when })],
        only: [],
        simulated: 'exclude',
      }),
    ).rejects.toThrow(/more than the 8 signs/);
  });
});

describe('applying', () => {
  it('moves what the preview said, and totals stay to the picodollar', async () => {
    const world = await open(SPEND);
    await decided(world, draft('batch'), DESK);
    const { moved } = await world.attributing.preview({ during: SEPTEMBER, only: [], simulated: 'exclude' });
    const applied = await world.attributing.apply({ during: SEPTEMBER, only: [], actor: 'ada' });
    expect(applied.moved).toEqual(moved);
    expect(total(world)).toBe('100');
    expect(costs(world)).toEqual({
      'support/CX': '67',
      'default/': '9',
      'batch/Data': '20.000000000001',
      '/': '3.999999999999',
    });
    const { fields, known } = await readCoverage(world.ledger.reader, {
      during: SEPTEMBER,
      timeZone: 'UTC',
      simulated: 'exclude',
      by: 'month',
      where: [],
    });
    expect(fields.workflow.share).toBeCloseTo(0.96, 10);
    expect(fields.workflow.missing).toMatchObject({ calls: 2, unpricedCalls: 1 });
    expect(known.map(({ by, cost }) => [by, formatDollars(cost)])).toEqual([
      ['said', '69'],
      ['correction', '27.000000000001'],
    ]);
  });

  it('is once per rule version and month; again moves nothing', async () => {
    const world = await open(
      [6, 7, 8].map((month) => line('2', { path: '/v1/batch/1' }, { atMs: Date.UTC(2026, month, 9) })),
    );
    await decided(world, draft('batch'));
    const first = await world.attributing.apply({ during: QUARTER, only: [], actor: 'ada' });
    expect(first.moves.map(({ id }) => id)).toEqual([
      'rule.batch.1.2026-07.1',
      'rule.batch.1.2026-08.1',
      'rule.batch.1.2026-09.1',
    ]);
    const lines = world.ledger.lines.length;
    expect((await world.attributing.apply({ during: QUARTER, only: [], actor: 'ada' })).moves).toEqual([]);
    expect(world.ledger.lines).toHaveLength(lines);
    expect((await world.registry.postings('rule')).every(({ doneAtMs }) => doneAtMs !== undefined)).toBe(
      true,
    );
  });

  it('moves what came since under the next id', async () => {
    const world = await open(SPEND);
    await decided(world, draft('batch'));
    await world.attributing.apply({ during: SEPTEMBER, only: [], actor: 'ada' });
    world.ledger.lines.push(line('5', { path: '/v1/batch/9' }));
    const { moves } = await world.attributing.apply({ during: SEPTEMBER, only: [], actor: 'ada' });
    expect(moves).toMatchObject([{ id: 'rule.batch.1.2026-09.2', cost: parseDollars('5') }]);
  });

  it('goes on from the present state with a later version, its team too', async () => {
    const world = await open(SPEND);
    await decided(world, draft('batch'));
    await world.attributing.apply({ during: SEPTEMBER, only: [], actor: 'ada' });
    await decided(world, draft('batch', { set: { workflow: 'nightly' } }));
    const { moves } = await world.attributing.apply({ during: SEPTEMBER, only: [], actor: 'ada' });
    expect(moves).toMatchObject([
      {
        rule: 'rule:batch@2',
        from: { workflow: 'batch', team: 'Data' },
        set: { workflow: 'nightly', team: '' },
      },
    ]);
    expect(costs(world)).toMatchObject({ 'nightly/': '20.000000000001' });
    expect(costs(world)).not.toHaveProperty('batch/Data');
    expect(total(world)).toBe('100');
  });

  it('leaves what another rule or the call itself named, unless it says that the value counts as not said', async () => {
    const world = await open(SPEND);
    const everything = draft('all', {
      when: [{ sign: 'path', is: ['*'] }],
      set: { workflow: 'all' },
      order: 200,
    });
    await decided(world, draft('batch'), { ...everything, override: ['default'] });
    await world.attributing.apply({ during: SEPTEMBER, only: [], actor: 'ada' });
    expect(costs(world)).toEqual({
      'support/CX': '60',
      'batch/Data': '20.000000000001',
      'all/': '19.999999999999',
    });
  });

  it('names a customer without touching who named the workflow', async () => {
    const world = await open(SPEND);
    const when = [{ sign: 'key', is: ['k1'] }] as const;
    await decided(world, draft('acme', { when, set: { customer: 'acme' } }));
    await world.attributing.apply({ during: SEPTEMBER, only: [], actor: 'ada' });
    const moved = world.ledger.lines.find(({ is }) => is['customer'] === 'acme');
    expect(moved?.is).toMatchObject({ workflow: 'support', attributedBy: 'said' });
  });

  it('books a locked month in the next that is open, and says for which it is', async () => {
    const world = await open([line('2', { path: '/v1/batch/1' }, { atMs: Date.UTC(2026, 6, 9) })]);
    world.ledger.locked.push('2026-07', '2026-08');
    await decided(world, draft('batch'));
    const { moves } = await world.attributing.apply({ during: QUARTER, only: [], actor: 'ada' });
    expect(moves).toMatchObject([{ month: '2026-07', bookedIn: '2026-09' }]);
    const booked = world.ledger.lines.filter(({ is }) => is['forMonth'] === '2026-07');
    expect(booked.map(({ atMs }) => new Date(atMs).toISOString().slice(0, 7))).toEqual([
      '2026-09',
      '2026-09',
    ]);
    expect((await world.attributing.apply({ during: QUARTER, only: [], actor: 'ada' })).moves).toEqual([]);
    const after = await world.attributing.preview({ during: QUARTER, only: [], simulated: 'exclude' });
    expect(after.moved.cost).toBe(0n);
    expect(after.before.cost).toBe(0n);
    await decided(world, draft('batch', { set: { workflow: 'nightly' } }));
    await world.attributing.apply({ during: QUARTER, only: [], actor: 'ada' });
    expect(costs(world)).toEqual({ 'nightly/': '2' });
  });

  it.each(['before', 'after'] as const)(
    'is exactly once when the ledger goes away %s it was told',
    async (when) => {
      const world = await open(SPEND);
      await decided(world, draft('batch'), DESK);
      world.ledger.failNext(when);
      await expect(world.attributing.apply({ during: SEPTEMBER, only: [], actor: 'ada' })).rejects.toThrow(
        /went away/,
      );
      const second = await world.attributing.apply({ during: SEPTEMBER, only: [], actor: 'ada' });
      expect(second.resumed).toBe(1);
      expect(costs(world)).toMatchObject({ 'batch/Data': '20.000000000001', 'support/CX': '67' });
      expect(total(world)).toBe('100');
    },
  );
});

describe('decisions', () => {
  it('are versions that are only added, each with its line of audit', async () => {
    const registry = await openRegistry({ file: ':memory:', nowMs: () => NOW_MS, randomBytes });
    const { ledger } = await open([]);
    const attributing = openAttributing({
      ledger: ledger.reader,
      poster: ledger.poster,
      registry: registry.attribution,
      teamOf: () => '',
      now: () => NOW_MS,
    });
    await attributing.decideRule(draft('batch'), 'first', 'ada');
    await attributing.decideRule(draft('batch', { order: 5 }), 'second', 'grace');
    expect(await attributing.withdraw('rule', 'batch', 'done', 'ada')).toMatchObject({
      version: 3,
      action: 'withdraw',
    });
    expect(await attributing.withdraw('rule', 'batch', 'again', 'ada')).toBeUndefined();
    expect(await attributing.withdraw('rule', 'absent', '', 'ada')).toBeUndefined();
    const kept = await registry.attribution.decisions('rule');
    expect(kept.map(({ version, action, reason, author }) => [version, action, reason, author])).toEqual([
      [1, 'set', 'first', 'ada'],
      [2, 'set', 'second', 'grace'],
      [3, 'withdraw', 'done', 'ada'],
    ]);
    const audit = await registry.audit({ afterSeq: 0, limit: 10 });
    expect(audit.map(({ action, subject }) => [action, subject])).toEqual([
      ['attribution.rule.set', 'batch@1'],
      ['attribution.rule.set', 'batch@2'],
      ['attribution.rule.withdraw', 'batch@3'],
    ]);
    expect(await registry.verifyAudit()).toMatchObject({ kind: 'intact' });
    await registry.close();
  });

  it.each<[string, Partial<RuleDraft>, string]>([
    ['an id of other letters', { id: 'Batch Job' }, 'id'],
    ['no condition', { when: [] }, 'when'],
    ['an unknown sign', { when: [{ sign: 'colour' as 'key', is: ['red'] }] }, 'when.0.sign'],
    ['a condition without a value', { when: [{ sign: 'key' }] }, 'when.0'],
    ['nobody named', { set: {} }, 'set'],
    ['an empty name', { set: { workflow: '' } }, 'set.workflow'],
    ['an end before the beginning', { fromMs: 2, untilMs: 1 }, 'until'],
    [
      'an unknown zone',
      { hours: { days: [1], from: '1:00', until: '02:00', timeZone: 'Mars' } },
      'hours.from',
    ],
  ])('are refused with %s', async (_, more, path) => {
    const { attributing, registry } = await open([]);
    const answer = await attributing.decideRule(draft('batch', more), '', 'ada');
    expect(answer.kind).toBe('problems');
    expect(answer.kind === 'problems' && answer.problems.map((one) => one.path)).toContain(path);
    expect(await registry.decisions('rule')).toEqual([]);
  });
});

describe('what is missing', () => {
  const ask = { during: SEPTEMBER, simulated: 'exclude', headers: ['x-app'], limit: 10 } as const;

  it('is found by the sign that tells most, biggest first, with what others that have it say', async () => {
    const { ledger } = await open(SPEND);
    const missing = await readMissing(ledger.reader, ask);
    expect(missing.parts.map(({ sign, value, cost }) => [sign, value, formatDollars(cost)])).toEqual([
      ['key', 'k3', '20.000000000001'],
      ['fingerprint', 'f-desk', '7'],
      ['', '', '3.999999999999'],
    ]);
    expect(missing.parts[0]?.suggestion).toMatchObject({
      rule: { id: 'key-k3', set: {} },
      evidence: undefined,
    });
    expect(missing.parts[1]?.suggestion).toMatchObject({
      rule: { when: [{ sign: 'fingerprint', is: ['f-desk'] }], set: { workflow: 'support', team: 'CX' } },
      evidence: { workflow: 'support', share: 1 },
    });
    expect(missing.parts[2]?.suggestion).toBeUndefined();
    expect(formatDollars(missing.missing.cost)).toBe('31');
  });

  it('prefers a header that settings list, and takes no sign that many workflows share', async () => {
    const { ledger } = await open([
      line('5', { workflow: 'a', model: 'gpt', key: 'shared' }),
      line('5', { workflow: 'b', model: 'gpt', key: 'shared' }),
      line('3', { model: 'gpt', key: 'shared', 'tag:header.x-app': 'desk' }),
      line('1', { model: 'gpt', key: 'shared' }),
    ]);
    const { parts } = await readMissing(ledger.reader, ask);
    expect(parts.map(({ sign, value }) => [sign, value])).toEqual([
      ['header:x-app', 'desk'],
      ['', ''],
    ]);
  });

  it('takes what others say with the same sign before a sign that nobody else has', async () => {
    const { ledger } = await open([
      line('60', { workflow: 'support', key: 'k1', fingerprint: 'f-desk' }),
      line('20', { workflow: 'sales', key: 'k1', fingerprint: 'f-sales' }),
      line('9', { key: 'k-shared', fingerprint: 'f-desk' }),
      line('6', { key: 'k-shared', fingerprint: 'f-sales' }),
      ...Array.from({ length: 5 }, (_, at) => line('0.01', { key: 'k-shared', fingerprint: `f-${at}` })),
    ]);
    const { parts } = await readMissing(ledger.reader, ask);
    expect(parts.map(({ sign, value, suggestion }) => [sign, value, suggestion?.rule.set.workflow])).toEqual([
      ['fingerprint', 'f-desk', 'support'],
      ['fingerprint', 'f-sales', 'sales'],
      ['key', 'k-shared', undefined],
    ]);
  });

  it('sums what is below the limit', async () => {
    const { ledger } = await open(SPEND);
    const { parts, other } = await readMissing(ledger.reader, { ...ask, limit: 1 });
    expect(parts).toHaveLength(1);
    expect(formatDollars(other.cost)).toBe('10.999999999999');
  });

  it('its suggestions, decided and applied, name what they said', async () => {
    const world = await open(SPEND);
    const { parts } = await readMissing(world.ledger.reader, ask);
    for (const { suggestion } of parts)
      if (suggestion !== undefined)
        await decided(world, { ...suggestion.rule, set: { workflow: 'batch', ...suggestion.rule.set } });
    await world.attributing.apply({ during: SEPTEMBER, only: [], actor: 'ada' });
    expect((await readMissing(world.ledger.reader, ask)).parts).toMatchObject([
      { sign: '', cost: 3_999999999999n },
    ]);
  });
});

describe('coverage', () => {
  it('is null where nothing was spent, and says unpriced calls beside it', async () => {
    const { ledger } = await open([line('0', {}, { unpriced: 1 })]);
    const { fields, total: all } = await readCoverage(ledger.reader, {
      during: SEPTEMBER,
      timeZone: 'UTC',
      simulated: 'exclude',
      by: 'day',
      where: [],
    });
    expect(fields.workflow.share).toBeNull();
    expect(all).toEqual({ cost: 0n, calls: 1, unpricedCalls: 1 });
  });

  it('is told period by period', async () => {
    const { ledger } = await open([
      line('3', { workflow: 'a' }, { atMs: Date.UTC(2026, 8, 1) }),
      line('1', {}, { atMs: Date.UTC(2026, 8, 1) }),
      line('1', {}, { atMs: Date.UTC(2026, 8, 2) }),
    ]);
    const { over } = await readCoverage(ledger.reader, {
      during: SEPTEMBER,
      timeZone: 'UTC',
      simulated: 'exclude',
      by: 'day',
      where: [],
    });
    expect(over.map(({ period, fields }) => [period, fields.workflow.share, fields.team.share])).toEqual([
      ['2026-09-01', 0.75, 0.75],
      ['2026-09-02', 0, 0],
    ]);
  });
});
