/**
 * Makes the data directory of an earlier version, by that version's own code: `node make-golden.ts <checkout> <target>`.
 *
 * The checkout is a git worktree of the version, with `node_modules` linked. What is made: a ledger with calls of two months, a
 * journal whose calls are in it, one whose calls are not, attempts under way, keys, and decisions where the version has them.
 * Beside it `expected.json`, what that version answers. The tests of this folder hold today's code to it.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Settlement } from '../../../src/gateway/call.ts';
import type { createDrain, openJournal, openLedger } from '../../../src/ledger/ledger.ts';
import type { Question } from '../../../src/ledger/question.ts';
import type { publishRulebook } from '../../../src/operate/operate.ts';
import type { openRegistry } from '../../../src/registry/registry.ts';

/** Of an earlier version, as far as its doors are today's. */
interface Version {
  readonly openLedger: typeof openLedger;
  readonly openJournal: typeof openJournal;
  readonly createDrain: typeof createDrain;
  readonly openRegistry: typeof openRegistry;
  readonly publishRulebook: typeof publishRulebook;
  readonly someIntent: (attempt: string) => Settlement['intent'];
  readonly someSettlement: (intent: Settlement['intent']) => Settlement;
}

const NOW = Date.UTC(2026, 9, 12);
const nowMs = (): number => NOW;
const MOVED = 60;
const WAITING = 8;
const OPEN = 3;
/** What the version is asked, and today's code again. */
export const FULL: Question = {
  of: ['calls', 'attempts', 'cost', 'inputTokens', 'outputTokens', 'unpricedCalls'],
  by: ['month', 'workflow'],
  during: { fromMs: 0, toMs: Date.UTC(2030, 0) },
  where: [],
  timeZone: 'UTC',
  simulated: 'include',
  limit: 100,
};

async function load(checkout: string): Promise<Version> {
  const doors = [
    'src/ledger/ledger.ts',
    'src/registry/registry.ts',
    'src/operate/operate.ts',
    'test/chaos/journal-world.ts',
  ];
  const loaded = await Promise.all(
    doors.map((door) => import(pathToFileURL(join(checkout, door)).href) as Promise<object>),
  );
  return Object.assign({}, ...loaded) as Version;
}

async function make(checkout: string, data: string): Promise<void> {
  const version = await load(checkout);
  mkdirSync(data, { recursive: true });
  const journals = join(data, 'journal');
  const ledger = await version.openLedger({
    place: { kind: 'embedded', path: join(data, 'ledger') },
    nowMs,
    progress: () => ({ backlogFrames: 0, completeUntilMs: 0, trouble: '' }),
  });
  const drain = version.createDrain({
    root: journals,
    stateDirectory: join(data, 'drain'),
    sink: ledger,
    now: nowMs,
  });
  const ended = version.openJournal({ directory: journals, slot: 'gateway-1', now: nowMs, ballastBytes: 0 });
  for (let call = 0; call < MOVED; call += 1) record(version, ended, call, true);
  await ended.durable();
  await drain.step();
  const answer = await ledger.ask(FULL);
  for (let call = MOVED; call < MOVED + WAITING; call += 1) record(version, ended, call, true);
  for (let call = MOVED + WAITING; call < MOVED + WAITING + OPEN; call += 1)
    record(version, ended, call, false);
  await ended.durable();
  await ended.close(); // not sealed: attempts are open, as after a crash
  drain.close();
  await ledger.close();
  const registry = await makeRegistry(version, data);
  version.publishRulebook(join(data, 'rulebook.json'), JSON.parse(RULEBOOK) as never);
  forgetMachine(journals);
  forgetMachine(join(data, 'drain'));
  const expected = { rows: answer.rows, total: answer.total, waiting: WAITING, open: OPEN, registry };
  writeFileSync(join(data, 'expected.json'), `${JSON.stringify(expected, null, 2)}\n`);
}

function record(
  version: Version,
  journal: ReturnType<typeof openJournal>,
  call: number,
  settles: boolean,
): void {
  const hex = call.toString(16).padStart(4, '0');
  const base = version.someIntent(`a${call}`);
  const intent = {
    ...base,
    call: `0199${hex}-0000-7000-8000-00000000${hex}`,
    attempt: `0199${hex}-0000-7000-8000-11111111${hex}`,
    startedAtMs: Date.UTC(2026, 8, 20) + call * 6 * 3_600_000,
    attribution: { ...base.attribution, workflow: ['support', 'search', ''][call % 3] ?? '' },
    presumed: presumedOf(1_200 + call),
  };
  journal.intend(intent);
  if (settles) journal.settle(version.someSettlement(intent));
}

function presumedOf(freshIn: number): Settlement['intent']['presumed'] {
  const input = { bucket: 'freshIn', units: freshIn, rate: 1_250_000_000_000n } as const;
  const output = { bucket: 'textOut', units: 400, rate: 10_000_000_000_000n } as const;
  const buckets = [input, output].map((one) => ({
    ...one,
    cost: (BigInt(one.units) * one.rate) / 1_000_000n,
  }));
  const total = buckets.reduce((sum, { cost }) => sum + cost, 0n);
  return { usage: { freshIn, textOut: 400 }, cost: { kind: 'priced', total, buckets } };
}

async function makeRegistry(version: Version, data: string): Promise<object> {
  const registry = await version.openRegistry({ file: join(data, 'registry.sqlite'), nowMs, randomBytes });
  await registry.keys.create({ name: 'support production', workflow: 'support', team: 'CX' }, 'golden');
  const { key } = await registry.keys.create({ name: 'old' }, 'golden');
  await registry.keys.revoke(key.id, 'golden');
  await decideMore(registry);
  const verdict = await registry.verifyAudit();
  const keys = (await registry.keys.list()).map(({ id, name, team, revokedAtMs }) => ({
    id,
    name,
    team,
    revoked: revokedAtMs !== undefined,
  }));
  await registry.close();
  return { keys, audit: verdict };
}

/** Decisions of kinds that not every version knows. */
async function decideMore(registry: Partial<Awaited<ReturnType<typeof openRegistry>>>): Promise<void> {
  await registry.attribution?.decide(
    { kind: 'rule', id: 'by-path', action: 'set', body: { note: 'golden' }, reason: 'golden' },
    'golden',
  );
  await registry.prices?.decide(
    [
      {
        action: 'set',
        price: { provider: 'openai', model: 'gpt-x', rates: { freshIn: '1.25' } },
        supersedes: '',
        reason: 'golden',
        origin: 'golden',
        confirmed: [],
      },
    ],
    'golden',
  );
  await registry.anomalies?.add(
    {
      anomaly: 'abcdef123456',
      state: 'expected',
      note: 'golden',
      workflow: 'support',
      fromMs: NOW,
      toMs: NOW + 1,
    } as never,
    'golden',
  );
}

/** The smallest rulebook that a gateway of any version obeys. */
const RULEBOOK = JSON.stringify({
  version: 7,
  publishedAtMs: NOW,
  unkeyed: true,
  passThroughKeys: false,
  providers: [],
  keys: [],
  workflows: [],
  limits: {},
  prices: { version: 'golden' },
});

/** Locks name a process and a machine; here they name none, and are given back. */
function forgetMachine(directory: string): void {
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) {
    if (!/\.lock\.\d+$/.test(name)) continue;
    const file = join(directory, name);
    const lock = JSON.parse(readFileSync(file, 'utf8')) as { owner: object };
    const owner = { ...lock.owner, pid: 1, startedAtTicks: '0', boot: 'golden', namespace: '' };
    writeFileSync(file, JSON.stringify({ ...lock, owner }));
  }
}

const [, own = '', checkout, target] = process.argv;
if (own.endsWith('make-golden.ts')) {
  if (checkout === undefined || target === undefined)
    throw new Error('usage: make-golden.ts <checkout> <target>');
  await make(resolve(checkout), resolve(target));
}
