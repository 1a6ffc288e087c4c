import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { fakePoster } from '../../test/fakes/ledger.ts';
import { createDemo } from '../demo/demo.ts';
import type { DemoBudget, DemoOptions, Truth } from '../demo/demo.ts';
import type { ImportBlock, LedgerPoster } from '../ledger/posting.ts';
import { checkSettings, demoFiles, readWorkspace } from '../operate/operate.ts';
import type { Settings } from '../operate/operate.ts';
import { openRegistry } from '../registry/registry.ts';
import { openControlWorkspace, openWorkspace, setDemoBudgets } from './demo.ts';

const NOW_MS = Date.UTC(2026, 10, 25, 16, 20);

let data: string;
beforeEach(() => {
  data = join(mkdtempSync(join(tmpdir(), 'setpoint-roles-demo-')), 'data');
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

function settingsOf(demo: object | undefined): Settings {
  const yamlText = JSON.stringify({ data, ...(demo !== undefined && { demo }) });
  const check = checkSettings({ yamlText, environment: {}, flags: {} });
  if (check.kind === 'problems') throw new Error(JSON.stringify(check.problems));
  return check.settings;
}

const said: string[] = [];
const WORLD = { nowMs: () => NOW_MS, monotonicMs: () => 0, say: (text: string) => void said.push(text) };
const READY = Promise.resolve();
let budgets: readonly DemoBudget[] = [];
const setBudgets = async (set: readonly DemoBudget[]): Promise<void> => void (budgets = set);
/** The same company, but two months of it and few single calls. */
const small = (options: DemoOptions) =>
  createDemo({ ...options, months: 2, rowShare: 0.01, blockLines: 20_000 });

/** Takes blocks and remembers them, until it is told to fail. */
function posterOf(blocks: ImportBlock[], failAt = Infinity): LedgerPoster {
  return {
    ...fakePoster(),
    async importLines(block) {
      if (blocks.length === failAt) throw new Error('the ledger went away');
      blocks.push(block);
      return { lines: block.lines, repeated: false };
    },
  };
}

describe('a data directory', () => {
  it('is real where no demo is asked for, and nothing is written', () => {
    expect(openWorkspace(settingsOf(undefined), NOW_MS)).toEqual({ kind: 'real' });
    expect(existsSync(data)).toBe(false);
  });

  it('becomes a demo as of the beginning of the hour, which goes by the clock', () => {
    expect(openWorkspace(settingsOf({}), NOW_MS)).toMatchObject({
      kind: 'demo',
      seed: 'harborline',
      now: '2026-11-25T16:00:00.000Z',
      frozen: false,
      loadedAt: null,
    });
  });

  it('stays the demo that it is, also where settings say nothing of one', () => {
    const first = openWorkspace(settingsOf({}), NOW_MS);
    expect(openWorkspace(settingsOf(undefined), NOW_MS + 86_400_000)).toEqual(first);
    expect(openWorkspace(settingsOf({}), NOW_MS + 86_400_000)).toEqual(first);
  });

  it('is refused where it holds real data, or another demo than the one asked for', () => {
    openWorkspace(settingsOf({ now: '2026-11-25T16:00:00Z' }), NOW_MS);
    expect(() => openWorkspace(settingsOf({ seed: 'other' }), NOW_MS)).toThrow(/--fresh/);
    expect(() => openWorkspace(settingsOf({ now: '2026-10-01' }), NOW_MS)).toThrow(/--fresh/);
    rmSync(data, { recursive: true });
    mkdirSync(data);
    writeFileSync(join(data, 'registry.sqlite'), '');
    expect(() => openWorkspace(settingsOf({}), NOW_MS)).toThrow(/holds real data/);
    expect(readdirSync(data)).toEqual(['registry.sqlite']);
  });
});

describe('the clock of questions', () => {
  it('stands still where an instant was named, and goes where none was', async () => {
    const frozen = await openControlWorkspace(settingsOf({ now: '2026-03-05T07:00:00Z' }), WORLD);
    expect(frozen.askedMs()).toBe(Date.UTC(2026, 2, 5, 7));
    rmSync(data, { recursive: true });
    expect((await openControlWorkspace(settingsOf({}), WORLD)).askedMs()).toBe(NOW_MS);
  });
});

describe('loading', () => {
  it('goes on where it was cut short, with the same blocks, and is done once', async () => {
    const settings = settingsOf({ now: '2026-11-25T16:00:00Z' });
    const cut: ImportBlock[] = [];
    const first = await openControlWorkspace(settings, WORLD, small);
    await expect(first.load(posterOf(cut, 1), READY, setBudgets)).rejects.toThrow(/went away/);
    expect(readWorkspace(data)).toMatchObject({ loadedAt: null });
    expect(first.health()).toMatchObject([{ name: 'demo', ready: false }]);

    const blocks: ImportBlock[] = [];
    const again = await openControlWorkspace(settings, WORLD, small);
    await again.load(posterOf(blocks), READY, setBudgets);
    expect(blocks[0]?.id).toBe(cut[0]?.id);
    expect(blocks[0]?.startedAtMs).toEqual(cut[0]?.startedAtMs);
    expect(readWorkspace(data)).toMatchObject({ loadedAt: new Date(NOW_MS).toISOString() });
    expect(again.health()).toEqual([{ name: 'demo', ready: true, detail: '' }]);
    expect(said.at(-1)).toMatch(/^demo: \d{2},\d{3} lines of Harborline Software in \d+\.\d s$/);
    checkFiles(blocks);
    await checkBudgets();

    const third: ImportBlock[] = [];
    await (await openControlWorkspace(settings, WORLD, small)).load(posterOf(third), READY, setBudgets);
    expect(third).toEqual([]);
  });

  /** They are budgets that the product takes, set once however often the load is begun. */
  async function checkBudgets(): Promise<void> {
    const registry = await openRegistry({ file: ':memory:', nowMs: () => NOW_MS, randomBytes });
    let published = 0;
    const publish = async (): Promise<void> => void (published += 1);
    await setDemoBudgets(registry, budgets, publish);
    await setDemoBudgets(registry, budgets, publish);
    expect(published).toBe(2);
    const decisions = await registry.budgets.decisions();
    expect(decisions.map(({ id, version, author }) => [id, version, author])).toEqual([
      ['revenue', 1, 'demo'],
      ['whole-company', 1, 'demo'],
      ['support-copilot', 1, 'demo'],
      ['knowledge-bot-tokens', 1, 'demo'],
      ['each-customer', 1, 'demo'],
    ]);
    await registry.close();
  }

  function checkFiles(blocks: readonly ImportBlock[]): void {
    const files = demoFiles(data);
    const truth = JSON.parse(readFileSync(files.truth, 'utf8')) as Truth;
    const lines = blocks.reduce((sum, block) => sum + block.lines, 0);
    expect(truth.total.lines).toBe(lines);
    expect(lines).toBeGreaterThan(20_000);
    expect(readdirSync(files.statements).toSorted()).toEqual([
      'anthropic-cost-report-2026-10.json',
      'aws-cur-2026-10.csv',
      'openai-costs-2026-10.json',
    ]);
    checkStatements(files.statements, truth);
    const outcomes = readFileSync(files.outcomes, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; successes?: number; failures?: number });
    expect(outcomes.filter(({ kind }) => kind === 'revenue')).toHaveLength(140 * 2);
    expect(outcomes.filter(({ kind }) => kind === 'outcome').length).toBeGreaterThan(9 * 50);
    expect(outcomes.every(({ successes = 0, failures = 0 }) => successes >= 0 && failures >= 0)).toBe(true);
  }

  /** Each provider's own way of saying an amount, added up in picodollars. */
  function checkStatements(directory: string, truth: Truth): void {
    const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
    const openai = [...read('openai-costs-2026-10.json').matchAll(/"value":([\d.]+)/g)].map(([, value]) =>
      picodollars(value),
    );
    const anthropic = (
      JSON.parse(read('anthropic-cost-report-2026-10.json')) as {
        data: Array<{ results: Array<{ amount: string }> }>;
      }
    ).data.flatMap(({ results }) => results.map(({ amount }) => picodollars(amount) / 100n));
    const [head = '', ...rows] = read('aws-cur-2026-10.csv').trimEnd().split('\n');
    const cost = head.split(',').indexOf('line_item_unblended_cost');
    const aws = rows.map((row) => picodollars(row.split(',')[cost]));
    const billed = [...openai, ...anthropic, ...aws].reduce((sum, amount) => sum + amount, 0n);
    expect(billed).toBe(picodollars(truth.stories.invoiceVariance.billed));
  }

  function picodollars(text: string | undefined): bigint {
    const [whole = '0', fraction = ''] = (text ?? '').split('.');
    return BigInt(whole + fraction.padEnd(12, '0'));
  }
});
