/** Public complaints 36 to 50: the ledger, budgets, memory, safety, and mistakes of units. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { describe, expect, it } from 'vitest';

import { createDrain } from '../../../src/ledger/drain/drain.ts';
import { recoverJournals } from '../../../src/ledger/journal/recover.ts';
import { openJournal } from '../../../src/ledger/journal/writer.ts';
import { encodeLines, openLedger } from '../../../src/ledger/ledger.ts';
import { parseDollars } from '../../../src/units/money.ts';
import { overrideProblems } from '../../../src/prices/prices.ts';
import { DEFAULT_LIMITS } from '../../../src/rulebook/rulebook.ts';
import { keyDigest } from '../../../src/secrets/secrets.ts';
import type { KeyRule, Limits } from '../../../src/rulebook/rulebook.ts';
import {
  inDirectory,
  legs,
  plainLines,
  plainPresumed,
  someIntent,
  someSettlement,
  TokenSink,
} from '../../chaos/journal-world.ts';
import { sampleSettlements } from '../../conformance/ledger-samples.ts';
import {
  answers,
  chargeOf,
  chat,
  completion,
  costOf,
  DONE,
  gateways,
  readAndLeave,
  said,
  SMALL_USAGE,
  sse,
  streams,
} from './world.ts';

const start = gateways();
const ROOT = join(import.meta.dirname, '../../..');

function sourcesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(ROOT, folder, file), 'utf8'));
}

describe('ledger and database', () => {
  it('36 #29292: however many keys a day has, its groups sum to its lines', async () => {
    const during = { fromMs: Date.parse('2026-10-20T00:00:00Z'), toMs: Date.parse('2026-10-21T00:00:00Z') };
    const settlements = sampleSettlements(29_292, 600, during).map((one, at) => ({
      ...one,
      intent: { ...one.intent, key: `key-${at % 450}`, simulated: false },
    }));
    const path = mkdtempSync(join(tmpdir(), 'setpoint-ledger-'));
    const ledger = await openLedger({
      place: { kind: 'embedded', path },
      nowMs: () => during.toMs,
      progress: () => ({ backlogFrames: 0, completeUntilMs: during.toMs, trouble: '' }),
    });
    try {
      const rows = settlements.map((one, sequence) =>
        Buffer.from(encodeLines(one, { journal: 'w', sequence })),
      );
      await ledger.insert({ token: 'w:0:599:x', rows, count: rows.length });
      const ask = {
        of: ['cost' as const],
        during,
        where: [],
        timeZone: 'UTC',
        simulated: 'exclude' as const,
        limit: 10_000,
      };
      const whole = await ledger.ask({ ...ask, by: [] });
      const byKey = await ledger.ask({ ...ask, by: ['key'] });
      const costs = byKey.rows.map(({ figures }) => parseDollars(String(figures.cost)));
      expect(byKey.rows).toHaveLength(new Set(settlements.map(({ intent }) => intent.key)).size);
      expect(byKey.other).toBeNull();
      expect(costs.reduce((sum, cost) => sum + cost, 0n)).toBe(parseDollars(String(whole.total.cost)));
    } finally {
      await ledger.close();
      rmSync(path, { recursive: true, force: true });
    }
  });

  it('37 #33873: an insert that fails again and again, and a gateway that dies, lose no line and double none', async () => {
    await inDirectory(async (directory) => {
      const root = join(directory, 'journals');
      const sink = new TokenSink();
      const options = { directory: root, now: () => 1, ballastBytes: 0, lines: plainLines };
      const journal = openJournal({ ...options, slot: 'gateway-1' });
      const expected: string[] = [];
      for (let at = 0; at < 40; at += 1) {
        const intent = someIntent(`a${at}`);
        journal.intend(intent);
        const died = at === 39; // the gateway dies before its last call ends
        expected.push(`${intent.attempt} ${died ? 'presume' : 'settle'}`);
        if (!died) journal.settle(someSettlement(intent));
      }
      await journal.durable();
      await journal.close();
      await openJournal({ ...options, slot: 'gateway-2' }).close();
      recoverJournals({ root, now: () => 2, presume: plainPresumed });
      let tries = 0;
      sink.fail = () => (tries++ < 5 ? 'before' : 'none');
      const drain = createDrain({
        root,
        stateDirectory: join(directory, 'drain'),
        sink,
        now: () => 3,
        batchFrames: 7,
        halfPresentPauseMs: 0,
        isOwnerAlive: () => false,
      });
      for (let step = 0; step < 40; step += 1) await drain.step().catch(() => undefined);
      drain.close();
      expect(legs(sink.rows).toSorted()).toEqual(expected.toSorted());
    });
  });

  it('38 #31866: no statement of the ledger changes a line, and the request path knows no database', () => {
    const statements = sourcesOf('src/ledger/stores').join('\n');
    expect(statements).toContain('INSERT INTO');
    expect(statements).not.toMatch(
      /\bUPDATE\s+\w+\s+SET\b|\bALTER TABLE\s+\S+\s+(UPDATE|DELETE)\b|\bDELETE FROM\b/i,
    );
    expect(sourcesOf('src/gateway').join('\n')).not.toMatch(
      /from '[^']*(clickhouse|chdb|sqlite|kysely|ledger\/)/,
    );
  });

  it('39 spend_queue_warnings: what cannot be recorded is refused, and what is served is never merged', async () => {
    let full = false;
    const gateway = await start({
      provider: answers(completion(SMALL_USAGE)),
      recorder: {
        intend: () => {
          if (full) throw new Error('the journal is full');
        },
      },
    });
    await Promise.all(Array.from({ length: 200 }, async () => (await chat(gateway)).text()));
    full = true;
    const refused = await chat(gateway);
    expect([refused.status, (await refused.text()).includes('was not sent to a provider')]).toEqual([
      503,
      true,
    ]);
    expect(gateway.seen).toHaveLength(200);
    expect(new Set(gateway.settlements.map(({ intent }) => intent.attempt)).size).toBe(200);
  });
});

/** Budgets do not exist yet; the issue of budgets completes 40 to 45. What they will stand on is tested here. */
describe('budgets', () => {
  it('40 #34732: of any number of calls at once, each is recorded with the most it can cost before it is sent', async () => {
    const gateway = await start({ provider: answers(completion(SMALL_USAGE)) });
    await Promise.all(
      Array.from({ length: 50 }, async () => (await chat(gateway, { max_tokens: 100 })).text()),
    );
    expect(gateway.intents).toHaveLength(50);
    for (const settlement of gateway.settlements) {
      const { cost } = settlement.intent.presumed;
      expect(cost.kind === 'priced' && cost.total).toBeGreaterThanOrEqual(costOf(settlement));
    }
  });

  it('41 bifrost#3547: replicas claim no balance of their own, and their lines add up', async () => {
    const replicas = await Promise.all(
      [1, 2, 3].map(() => start({ provider: answers(completion(SMALL_USAGE)) })),
    );
    for (const replica of replicas)
      expect((await chat(replica)).headers.has('x-setpoint-budget-remaining')).toBe(false);
    const settlements = replicas.flatMap((replica) => replica.settlements);
    expect(new Set(settlements.map(({ intent }) => intent.attempt)).size).toBe(3);
    expect(settlements.reduce((sum, one) => sum + costOf(one), 0n)).toBe(3n * costOf(settlements[0]));
  });

  it('42 #27639: whatever becomes of a call, its intent is settled exactly once', async () => {
    const gateway = await start({
      limits: { upstreamHeadersMs: 300 },
      provider: (request, response) => {
        if (request.body.includes('reset')) response.destroy();
        else if (request.body.includes('error')) response.writeHead(500).end('{}');
        else if (request.body.includes('hang')) return;
        else if (request.body.includes('cut')) {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write(sse(said('a')));
          setTimeout(() => response.destroy(), 5);
        } else answers(completion(SMALL_USAGE))(request, response);
      },
    });
    for (const user of ['ok', 'reset', 'error', 'hang', 'cut', 'ok'])
      await (await chat(gateway, { user, stream: user === 'cut' })).text();
    await gateway.settled(gateway.intents.length);
    const once = new Set(gateway.settlements.map(({ intent }) => intent.attempt));
    expect(once).toEqual(new Set(gateway.intents.map(({ attempt }) => attempt)));
    expect(gateway.settlements).toHaveLength(once.size);
  });

  it('43 #26672: after a restart, and with a rulebook of an older version, the same keys are refused', async () => {
    const key: KeyRule = {
      id: 'k',
      digest: keyDigest('sp_live_good'),
      workflow: '',
      team: '',
      customer: '',
      tags: {},
      expiresAtMs: undefined,
    };
    const { uploadBytes: _, ...older } = DEFAULT_LIMITS;
    for (const limits of [DEFAULT_LIMITS, older as Limits]) {
      const gateway = await start({
        provider: answers(completion(SMALL_USAGE)),
        rulebook: { unkeyed: false, keys: [key], limits },
      });
      const asked = async (secret: string) =>
        (await chat(gateway, {}, { authorization: `Bearer ${secret}` })).status;
      expect([await asked('sp_live_bad'), await asked(''), await asked('sp_live_good')]).toEqual([
        401, 401, 200,
      ]);
      expect(gateway.intents.map((intent) => intent.key)).toEqual(['k']);
    }
  });

  it('44 envoy/ai-gateway#2394: the most that a stream can cost is known before its first byte', async () => {
    const gateway = await start({ provider: streams([said('a')], DONE) });
    await (await chat(gateway, { stream: true, max_completion_tokens: 500, n: 3 })).text();
    await (await chat(gateway, { stream: true })).text();
    expect(gateway.intents.map(({ presumed }) => presumed.usage.textOut)).toEqual([1_500, 4_096]);
  });

  it('45 bifrost#5770: no share of any budget is claimed while none is enforced', async () => {
    const gateway = await start({ provider: answers(completion(SMALL_USAGE)) });
    const { headers } = await chat(gateway);
    expect([...headers.keys()].filter((name) => /budget|percent|quota/.test(name))).toEqual([]);
    expect(await (await fetch(`${gateway.url}/metrics`)).text()).not.toMatch(/budget|percent/);
  });
});

describe('memory, security, caching, unit mistakes', () => {
  it('46 #12685: what a call leaves in memory is let go', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const gateway = await start({ provider: answers(completion(SMALL_USAGE)) });
    const calls = async (count: number): Promise<number> => {
      for (let at = 0; at < count; at += 1)
        await (
          await chat(gateway, { messages: [{ role: 'user', content: `${at} ${'x'.repeat(20_000)}` }] })
        ).text();
      for (const kept of [gateway.seen, gateway.intents, gateway.settlements]) kept.length = 0;
      collect();
      return process.memoryUsage().heapUsed;
    };
    await calls(150);
    const before = await calls(150);
    const after = await calls(450);
    expect(after - before).toBeLessThan(450 * 10_000); // half of what the prompts alone would keep
  });

  it('47 bifrost#4678: after streams were aborted nothing is under way, and closing twice is closing once', async () => {
    const gateway = await start({
      providers: [{ onClientGone: 'cancel' }],
      provider: (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(sse(said('a')));
      },
    });
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const leave = new AbortController();
        await readAndLeave(await chat(gateway, { stream: true }, {}, leave.signal), leave);
      }),
    );
    await gateway.settled(20);
    expect(await (await fetch(`${gateway.url}/metrics`)).text()).toContain('setpoint_calls_in_flight 1\n'); // this one
    await gateway.drain(1_000);
    await gateway.drain(1_000);
    expect([gateway.settlements.length, gateway.faults]).toEqual([20, []]);
  });

  it('48 #18731, #31467: no refusal repeats a secret, and no caller sends a provider’s key elsewhere', async () => {
    const secrets = ['sp_live_0123456789abcdef', 'sk-proj-0123456789abcdef'];
    const expired: KeyRule = {
      id: 'k',
      digest: keyDigest(secrets[0]!),
      workflow: '',
      team: '',
      customer: '',
      tags: {},
      expiresAtMs: 1,
    };
    const guarded = await start({
      provider: answers({}),
      rulebook: { unkeyed: false, keys: [expired] },
    });
    for (const secret of secrets) {
      const refused = await chat(guarded, {}, { authorization: `Bearer ${secret}` });
      expect([refused.status, (await refused.text()).includes(secret)]).toEqual([401, false]);
    }
    const elsewhere = 'http://127.0.0.1:9/v1';
    const gateway = await start({ provider: answers(completion(SMALL_USAGE)) });
    const names = [
      'helicone-target-url',
      'helicone-openai-api-base',
      'x-portkey-custom-host',
      'x-forwarded-host',
    ];
    const answer = await chat(
      gateway,
      { api_base: elsewhere, base_url: elsewhere },
      Object.fromEntries(names.map((name) => [name, elsewhere])),
    );
    expect(answer.status).toBe(200);
    expect(gateway.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer provider-secret']);
    expect(names.filter((name) => name in gateway.seen[0]!.headers)).toEqual([]);
  });

  // There is no cache of responses yet; the issue of the caching lever completes this with its partitions.
  it('49 bifrost#5769: no answer of one customer is given to another', async () => {
    let asked = 0;
    const gateway = await start({
      provider: (request, response) =>
        answers(completion(SMALL_USAGE, { id: `answer-${asked++}` }))(request, response),
    });
    const ids: string[] = [];
    for (const customer of ['acme', 'globex', 'acme'])
      ids.push(
        ((await (await chat(gateway, {}, { 'x-setpoint-customer': customer })).json()) as { id: string }).id,
      );
    expect(ids).toEqual(['answer-0', 'answer-1', 'answer-2']);
    expect(gateway.settlements.map(({ intent }) => intent.attribution.customer)).toEqual([
      'acme',
      'globex',
      'acme',
    ]);
  });

  it('50 Helicone#5067: a model without a price is unpriced, and a price of the wrong unit is refused', async () => {
    const gateway = await start({
      providers: [{ models: ['*'] }],
      provider: answers(completion(SMALL_USAGE)),
    });
    const answer = await chat(gateway, { model: 'a-model-that-nobody-lists' });
    expect(answer.headers.has('x-setpoint-cost')).toBe(false);
    expect(chargeOf(gateway.settlements[0])).toMatchObject({
      usage: { freshIn: 12 },
      cost: { kind: 'unpriced' },
    });
    const price = (freshIn: string) =>
      overrideProblems({ provider: 'mistral', model: 'mistral-large', rates: { freshIn } });
    expect(price('2')).toEqual([]);
    expect(price('0.000002')[0]).toMatch(/implausibly low/); // dollars per token
    expect(price('2000000')[0]).toMatch(/implausibly high/); // dollars per million times a million
  });
});
