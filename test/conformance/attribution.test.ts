/**
 * Attribution over the embedded ledger itself: rules take 31 % of spend without a workflow down to 4 %, shared cost is
 * divided and taken back, a locked month does not move, and the total is the same to the picodollar throughout.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Settlement } from '../../src/gateway/gateway.ts';
import { openAttributing, readCoverage, readMissing } from '../../src/inform/attribution/attribution.ts';
import type { Attributing, RuleDraft, SplitDraft } from '../../src/inform/attribution/attribution.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import type { Answer, Dimension, Ledger, Measure } from '../../src/ledger/ledger.ts';
import { openRegistry } from '../../src/registry/registry.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { divideRounded, parseDollars } from '../../src/units/money.ts';
import { createDice, price, sampleIntent, sampleSettlement, uuid7 } from './ledger-samples.ts';

const SPAN = { fromMs: Date.UTC(2026, 7, 1), toMs: Date.UTC(2026, 9, 1) };
const AUGUST = { fromMs: SPAN.fromMs, toMs: Date.UTC(2026, 8, 1) };
const NOW_MS = Date.UTC(2026, 9, 3);
const TEAMS: Record<string, string> = { 'support-copilot': 'CX', 'nightly-batch': 'Data' };

/** One program's calls: how it shows itself, and tokens so that each program's share of spend is what it says. */
interface Program {
  readonly workflow: string;
  readonly share: number;
  readonly path: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly app: string;
}

const PROGRAMS: readonly Program[] = [
  {
    workflow: 'support-copilot',
    share: 45,
    path: '/v1/messages',
    key: 'key-a',
    fingerprint: 'aaaa',
    app: '',
  },
  { workflow: 'platform', share: 24, path: '/v1/messages', key: 'key-b', fingerprint: 'bbbb', app: '' },
  { workflow: '', share: 15, path: '/v1/batches/night', key: 'key-c', fingerprint: '', app: '' },
  { workflow: '', share: 8, path: '/v1/messages', key: 'unkeyed', fingerprint: 'aaaa', app: '' },
  { workflow: '', share: 4, path: '/v1/messages', key: 'unkeyed', fingerprint: '', app: 'legal-desk' },
  { workflow: '', share: 4, path: '/v1/messages', key: 'unkeyed', fingerprint: '', app: '' },
];

function settlements(): Settlement[] {
  const dice = createDice(20_260_917);
  return PROGRAMS.flatMap((program) =>
    Array.from({ length: 12 }, () => {
      const made = sampleSettlement(dice, sampleIntent(dice, SPAN, uuid7(dice, SPAN.fromMs), 1));
      const { workflow, path, key, fingerprint, app } = program;
      const usage = { freshIn: program.share * 1_000 };
      const attribution = {
        workflow,
        team: workflow === '' ? '' : (TEAMS[workflow] ?? 'Platform'),
        customer: '',
        request: made.intent.call,
        session: '',
        tags: app === '' ? {} : { 'header.x-app': app },
        by: workflow === '' ? '' : 'said',
      };
      const intent = {
        ...made.intent,
        attribution,
        key,
        path,
        fingerprint,
        endpoint: 'inference',
        simulated: false,
      } as const;
      const cost = price(usage);
      const charge = { part: 'call', model: intent.model, usage, basis: 'reported', flag: '', cost } as const;
      return { ...made, intent, charges: [charge] };
    }),
  );
}

const RULES: readonly RuleDraft[] = [
  {
    id: 'batch',
    order: 1,
    when: [{ sign: 'path', is: ['/v1/batches/*'] }],
    set: { workflow: 'nightly-batch' },
  },
  {
    id: 'desk',
    order: 2,
    when: [{ sign: 'fingerprint', is: ['aaaa'] }],
    set: { workflow: 'support-copilot' },
  },
  {
    id: 'legal',
    order: 3,
    when: [
      { sign: 'header:x-app', is: ['legal-desk'] },
      { sign: 'key', not: ['key-c'] },
    ],
    set: { workflow: 'contracts', team: 'Legal Ops', customer: 'in-house' },
  },
];

let path: string;
let ledger: Ledger;
let registry: Registry;
let attributing: Attributing;

beforeEach(async () => {
  path = mkdtempSync(join(tmpdir(), 'setpoint-attribution-'));
  ledger = await openLedger({
    place: { kind: 'embedded', path },
    nowMs: () => NOW_MS,
    progress: () => ({ backlogFrames: 0, completeUntilMs: NOW_MS, trouble: '' }),
  });
  const postings = settlements().map(
    (settlement) => ({ settlement, leg: 'settle', source: 'import' }) as const,
  );
  await ledger.post({ id: 'calls', postings });
  registry = await openRegistry({ file: ':memory:', nowMs: () => NOW_MS, randomBytes });
  attributing = openAttributing({
    ledger,
    poster: ledger,
    registry: registry.attribution,
    teamOf: (workflow) => TEAMS[workflow] ?? '',
    now: () => NOW_MS,
  });
});

afterEach(async () => {
  await ledger.close();
  await registry.close();
  rmSync(path, { recursive: true, force: true });
});

function ask(
  by: readonly Dimension[],
  of: readonly Measure[] = ['cost'],
  during = { ...SPAN, toMs: NOW_MS },
): Promise<Answer> {
  return ledger.ask({ of, by, during, where: [], timeZone: 'UTC', simulated: 'exclude', limit: 1_000 });
}

async function costs(by: Dimension, during?: typeof SPAN): Promise<Record<string, string>> {
  const { rows } = await ask([by], ['cost'], during);
  return Object.fromEntries(
    rows.filter(({ figures }) => figures.cost !== '0').map(({ group, figures }) => [group[0], figures.cost]),
  );
}

async function missingPercent(): Promise<bigint> {
  const { total, unattributedCost } = await ask([]);
  return divideRounded(parseDollars(unattributedCost) * 100n, parseDollars(total.cost ?? '0'));
}

async function decideAll(): Promise<void> {
  for (const rule of RULES)
    expect(await attributing.decideRule(rule, 'e2e', 'ada')).toMatchObject({ kind: 'decided' });
}

const KEPT: readonly Measure[] = [
  'cost',
  'inputCost',
  'calls',
  'attempts',
  'inputTokens',
  'units',
  'listCost',
  'unpricedCalls',
];

describe('rules over the ledger', () => {
  test('take what has no workflow from 31 % to 4 %, and change no total', async () => {
    const before = await ask([], KEPT);
    expect(await missingPercent()).toBe(31n);
    await decideAll();
    const preview = await attributing.preview({ during: SPAN, only: [], simulated: 'exclude' });
    expect(preview.total.cost).toBe(parseDollars(before.total.cost ?? ''));
    const applied = await attributing.apply({ during: SPAN, only: [], actor: 'ada' });
    expect(applied.moved).toEqual(preview.moved);
    expect(await missingPercent()).toBe(4n);
    expect((await ask([], KEPT)).total).toEqual(before.total);
    expect(await costs('team')).toMatchObject({ 'Legal Ops': expect.any(String), Data: expect.any(String) });
    const again = await attributing.apply({ during: SPAN, only: [], actor: 'ada' });
    expect(again.moves).toEqual([]);
    expect(await ledger.rollupsAgree()).toBe(true);
  });

  test('the preview says line for line what applying does', async () => {
    await decideAll();
    const preview = await attributing.preview({ during: SPAN, only: [], simulated: 'exclude' });
    const { moves } = await attributing.apply({ during: SPAN, only: [], actor: 'ada' });
    for (const { rule, cost, calls } of preview.rules) {
      const own = moves.filter((move) => move.rule === `rule:${rule.id}@1`);
      expect(own.reduce((sum, move) => sum + move.cost, 0n)).toBe(cost);
      expect(own.reduce((sum, move) => sum + move.calls, 0)).toBe(calls);
    }
  });

  test('coverage says how each workflow is known, and what is missing is what no rule names', async () => {
    await decideAll();
    await attributing.apply({ during: SPAN, only: [], actor: 'ada' });
    const coverage = await readCoverage(ledger, {
      during: SPAN,
      timeZone: 'UTC',
      simulated: 'exclude',
      by: 'month',
      where: [],
    });
    expect(coverage.fields.workflow.share).toBeCloseTo(0.96, 12);
    expect(coverage.known.map(({ by, share }) => [by, share?.toFixed(2)])).toEqual([
      ['said', '0.69'],
      ['correction', '0.27'],
    ]);
    const missing = await readMissing(ledger, {
      during: SPAN,
      simulated: 'exclude',
      headers: ['x-app'],
      limit: 10,
    });
    expect(missing.parts.map(({ sign, calls }) => [sign, calls])).toEqual([['', 12]]);
  });

  test('a later version goes on from where the earlier one left', async () => {
    await decideAll();
    await attributing.apply({ during: SPAN, only: [], actor: 'ada' });
    const before = await costs('workflow');
    const [batch] = RULES;
    if (batch === undefined) throw new Error('there must be a rule');
    await attributing.decideRule({ ...batch, set: { workflow: 'warehouse', team: 'Data' } }, '', 'ada');
    await attributing.apply({ during: SPAN, only: ['batch'], actor: 'ada' });
    const { 'nightly-batch': moved, ...others } = before;
    expect(await costs('workflow')).toEqual({ ...others, warehouse: moved });
    const { rows } = await ask(['attributedBy', 'correction'], ['lines']);
    expect(rows.map(({ group }) => group.join(' '))).toContain('rule:batch@2 rule:batch@2');
  });

  test('a customer is named without a word about who named the workflow', async () => {
    const rule: RuleDraft = {
      id: 'acme',
      order: 1,
      when: [{ sign: 'key', is: ['key-a'] }],
      set: { customer: 'acme' },
    };
    await attributing.decideRule(rule, '', 'ada');
    await attributing.apply({ during: SPAN, only: [], actor: 'ada' });
    const { rows } = await ask(['customer', 'attributedBy', 'correction'], ['calls']);
    const own = rows.filter(({ group, figures }) => group[0] === 'acme' && figures.calls !== 0);
    expect(own.map(({ group }) => group)).toEqual([['acme', 'said', 'rule:acme@1']]);
  });

  test('a locked month keeps its sums; its corrections are booked in the next that is open', async () => {
    await ledger.lockMonth('2026-08');
    const august = await costs('workflow', AUGUST);
    const before = await ask([], KEPT);
    await decideAll();
    const { moves } = await attributing.apply({ during: SPAN, only: [], actor: 'ada' });
    expect(new Set(moves.filter(({ month }) => month === '2026-08').map(({ bookedIn }) => bookedIn))).toEqual(
      new Set(['2026-09']),
    );
    expect(await costs('workflow', AUGUST)).toEqual(august);
    const [locked] = await ledger.lockedMonths();
    expect(locked).toMatchObject({ movedCost: '0', movedLines: 0 });
    expect((await ask([], KEPT)).total).toEqual(before.total);
    expect(await missingPercent()).toBe(4n);
    expect((await attributing.apply({ during: SPAN, only: [], actor: 'ada' })).moves).toEqual([]);
    const preview = await attributing.preview({ during: SPAN, only: [], simulated: 'exclude' });
    expect(preview.moved).toEqual({ cost: 0n, calls: 0, unpricedCalls: 0 });
  });
});

describe('shared cost over the ledger', () => {
  const split: SplitDraft = {
    id: 'platform',
    name: 'platform',
    source: { kind: 'workflow', workflow: 'platform' },
    method: { kind: 'usage', measure: 'cost', workflows: [] },
    from: '2026-08',
  };

  test('is given to those who used something, and taken back to the picodollar', async () => {
    const before = await Promise.all([ask([], KEPT), costs('provider'), costs('model'), costs('workflow')]);
    await attributing.decideSplit(split, '', 'ada');
    const [decided] = await attributing.splits();
    if (decided === undefined) throw new Error('the split must be in force');
    const outcomes = await attributing.applySplit(decided, { during: SPAN, actor: 'ada' });
    expect(outcomes.map(({ kind, month }) => [kind, month])).toEqual([
      ['split', '2026-08'],
      ['split', '2026-09'],
    ]);
    const after = await costs('workflow');
    expect(after).not.toHaveProperty('platform');
    expect((await ask([], KEPT)).total).toEqual(before[0].total);
    expect([await costs('provider'), await costs('model')]).toEqual([before[1], before[2]]);
    expect(
      (await attributing.applySplit(decided, { during: SPAN, actor: 'ada' })).every(
        ({ kind }) => kind === 'left',
      ),
    ).toBe(true);
    for (const month of ['2026-08', '2026-09'])
      await attributing.reverseSplit({ split: 'platform', month, actor: 'ada' });
    expect(await costs('workflow')).toEqual(before[3]);
    expect(await ledger.rollupsAgree()).toBe(true);
  });

  test('a commitment is a cost of its account, split or unused', async () => {
    const before = parseDollars((await ask([])).total.cost ?? '');
    const draft = {
      id: 'ptu',
      provider: 'azure',
      account: 'east',
      model: '',
      hourly: '1.5',
      fromMs: SPAN.fromMs,
      lines: 'monthly',
    } as const;
    await attributing.decideCommitment(draft, '', 'ada');
    const [commitment] = await attributing.commitments();
    if (commitment === undefined) throw new Error('the commitment must be in force');
    const posted = await attributing.postCommitment(commitment, { during: SPAN, actor: 'ada' });
    expect(posted.map(({ period, cost }) => [period, cost])).toEqual([
      ['2026-08', '1116'],
      ['2026-09', '1080'],
    ]);
    expect(parseDollars((await ask([])).total.cost ?? '') - before).toBe(parseDollars('2196'));
    expect(await costs('account')).toMatchObject({ east: '2196' });
    expect(await costs('workflow')).toMatchObject({ unused: '2196' });
    expect(await attributing.postCommitment(commitment, { during: SPAN, actor: 'ada' })).toEqual([]);
  });
});
