/** Budgets at the gateway: what is reserved, refused, limited, stopped; with the real authority joined in process. */
import { afterEach, describe, expect, it } from 'vitest';

import { BudgetAuthority, SliceHolder } from '../../src/budgets/budgets.ts';
import type { AuthorityLink } from '../../src/budgets/budgets.ts';
import type { Limits, BudgetRule } from '../../src/rulebook/rulebook.ts';
import { parseDollars } from '../../src/units/money.ts';
import { startGatewayAlone } from './gateway-alone.ts';
import type { GatewayAlone, GatewayAloneOptions, SeenRequest } from './gateway-alone.ts';

const dollars = (text: string): string => String(parseDollars(text));

function rule(over: Partial<BudgetRule> = {}): BudgetRule {
  return {
    id: 'support',
    name: 'Support',
    scope: { kind: 'organisation', value: '', tag: '' },
    unit: 'money',
    amount: dollars('1'),
    window: { kind: 'calendar', unit: 'month', timeZone: 'UTC' },
    mode: 'hard',
    thresholds: [],
    onAuthorityLoss: 'local',
    unboundedCall: '',
    ...over,
  };
}

interface World {
  readonly gateway: GatewayAlone;
  readonly authority: BudgetAuthority;
  readonly holder: SliceHolder;
  readonly link: AuthorityLink & { up: boolean; asked: number };
}

const worlds: World[] = [];
afterEach(async () => {
  for (const { gateway } of worlds.splice(0)) await gateway.stop();
});

async function start(
  budgets: readonly BudgetRule[],
  options: Partial<GatewayAloneOptions> & {
    readonly waitMs?: number;
    readonly limits?: Partial<Limits>;
  } = {},
): Promise<World> {
  const authority = new BudgetAuthority();
  const link = {
    up: true,
    asked: 0,
    attach: async (attach) => reach(() => authority.attach(attach, Date.now())),
    grant: async (asked) =>
      reach(() => {
        link.asked += 1;
        for (const line of asked.lines) authority.expect(line);
        for (const { account, known, revision } of authority.booked())
          if (!known) authority.rebase({ account, revision, base: new Map(), ended: [] }); // an empty ledger
        return authority.grant(asked, Date.now());
      }),
    report: async (report) => reach(() => authority.report(report, Date.now())),
  } satisfies World['link'];
  function reach<Value>(step: () => Value): Value {
    if (!link.up) throw new Error('nobody answers');
    return step();
  }
  const holder = new SliceHolder({
    holder: 'journal-1',
    link,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    longestWaitMs: options.waitMs ?? 0,
    onTrouble: () => undefined,
  });
  const gateway = await startGatewayAlone({
    provider: (_request, response) => answer(response, { prompt: 100, completion: 50 }),
    ...options,
    rulebook: { budgets, ...options.rulebook },
    budgets: holder,
  });
  const world = { gateway, authority, holder, link };
  worlds.push(world);
  return world;
}

type Response = import('node:http').ServerResponse;

function answer(response: Response, { prompt, completion }: { prompt: number; completion: number }): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(
    JSON.stringify({
      id: 'r',
      object: 'chat.completion',
      model: 'gpt-4o',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
    }),
  );
}

function ask(gateway: GatewayAlone, body: object = {}, headers: Record<string, string> = {}) {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      model: 'gpt-4o',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'Is it so?' }],
      ...body,
    }),
  });
}

async function spent({ authority, holder }: World, account = 0) {
  await holder.close();
  return authority.view(Date.now())[account]!;
}

const sentBody = (request: SeenRequest | undefined): Record<string, unknown> =>
  JSON.parse(request?.body.toString() ?? '{}') as Record<string, unknown>;

describe('a hard budget', () => {
  it('books exactly what the line says, and holds nothing afterwards', async () => {
    const world = await start([rule()]);
    const response = await ask(world.gateway);
    expect(response.status).toBe(200);
    await world.gateway.settled(1);
    const cost = world.gateway.settlements[0]?.charges[0]?.cost;
    expect(await spent(world)).toMatchObject({
      spent: cost?.kind === 'priced' ? cost.total : 'unpriced',
      reserved: 0n,
    });
    expect(response.headers.get('x-setpoint-budget-remaining')).toMatch(/^0\.99/);
  });

  it('refuses in the caller’s dialect what may cost more than is left, and sends nothing', async () => {
    const world = await start([rule({ amount: dollars('0.0005') })]);
    const response = await ask(world.gateway, { max_tokens: 1_000 });
    expect(response.status).toBe(429);
    expect(response.headers.get('x-should-retry')).toBe('false');
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe('setpoint_budget_exceeded');
    expect(error.message).toContain('"Support"');
    expect(error.message).toContain('of $0.0005');
    expect(world.gateway.seen).toEqual([]);
    expect(world.gateway.intents).toEqual([]);
  });

  it('writes a limit into a call that states none, and says so', async () => {
    const world = await start([rule({ amount: dollars('0.02') })], {
      limits: { unstatedOutputTokens: 16_384 },
    });
    await (await ask(world.gateway)).text(); // the first call tells what is left
    const response = await ask(world.gateway, { max_tokens: undefined });
    expect(response.status).toBe(200);
    const limit = Number(response.headers.get('x-setpoint-output-limit'));
    expect(sentBody(world.gateway.seen[1])['max_completion_tokens']).toBe(limit);
    expect(limit).toBeGreaterThan(256);
    expect(limit).toBeLessThan(2_000); // at $10 per million and $0.02 in all
  });

  it('is what a crash would be charged: the intent presumes the bound', async () => {
    const world = await start([rule()]);
    await (await ask(world.gateway)).text();
    const [intent] = world.gateway.intents;
    const presumed = intent?.presumed.cost;
    const actual = world.gateway.settlements[0]?.charges[0]?.cost;
    if (presumed?.kind !== 'priced' || actual?.kind !== 'priced') throw new Error('unpriced');
    expect(presumed.total).toBeGreaterThan(actual.total);
  });

  it.each([
    ['a server tool', { tools: [{ type: 'web_search_preview' }] }],
    ['a web search', { web_search_options: {} }],
    ['a file', { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }] }],
  ])('refuses %s, which has no bound, unless the budget says what it may cost', async (_name, body) => {
    const strict = await start([rule()]);
    expect((await ask(strict.gateway, body)).status).toBe(429);
    const stated = await start([rule({ unboundedCall: dollars('0.10') })]);
    expect((await ask(stated.gateway, body)).status).toBe(200);
  });

  it('counts tokens and calls as well as money', async () => {
    const world = await start([
      rule({ id: 'tokens', unit: 'tokens', amount: '100000' }),
      rule({ id: 'calls', unit: 'calls', amount: '2' }),
    ]);
    expect((await ask(world.gateway)).status).toBe(200);
    expect((await ask(world.gateway)).status).toBe(200);
    expect((await ask(world.gateway)).status).toBe(429);
    await world.gateway.settled(2);
    expect(await spent(world, 0)).toMatchObject({ spent: 300n, reserved: 0n });
    expect(await spent(world, 1)).toMatchObject({ spent: 2n, reserved: 0n });
  });

  it('takes nothing where one of several budgets is full', async () => {
    const world = await start([
      rule({ id: 'wide' }),
      rule({
        id: 'narrow',
        name: 'Triage',
        amount: '1',
        scope: { kind: 'workflow', value: 'triage', tag: '' },
      }),
    ]);
    const response = await ask(world.gateway, {}, { 'x-setpoint-workflow': 'triage' });
    expect(((await response.json()) as { error: { message: string } }).error.message).toContain('"Triage"');
    expect((await ask(world.gateway, {}, { 'x-setpoint-workflow': 'other' })).status).toBe(200);
  });

  it('gives everything back when the provider cannot be reached, and when the client leaves while it waits', async () => {
    const reached = Promise.withResolvers<Response>();
    // Either call fits alone; the two together do not.
    const world = await start([rule({ amount: dollars('0.0025') })], {
      waitMs: 60_000,
      provider: (request, response) => {
        if (request.body.includes('slow')) reached.resolve(response);
        else response.destroy();
      },
    });
    const slow = ask(world.gateway, { messages: [{ role: 'user', content: 'slow' }] });
    const slowResponse = await reached.promise;
    const asked = world.link.asked;
    const leaving = new AbortController();
    const waits = fetch(`${world.gateway.url}/v1/chat/completions`, {
      method: 'POST',
      signal: leaving.signal,
      body: JSON.stringify({
        model: 'gpt-4o',
        max_tokens: 180,
        messages: [{ role: 'user', content: 'left' }],
      }),
    });
    waits.catch(() => undefined); // looked at once it has been left
    await expect.poll(() => world.link.asked, { timeout: 20_000 }).toBeGreaterThan(asked); // it waits for what is not there
    leaving.abort();
    await expect(waits).rejects.toThrow();
    await world.gateway.connected(1);
    answer(slowResponse, { prompt: 10, completion: 5 });
    expect((await slow).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(world.gateway.seen.every(({ body }) => body.includes('slow'))).toBe(true);
    expect((await spent(world)).reserved).toBe(0n);
  });

  it.each([
    ['closed', 503],
    ['local', 503],
    ['open', 200],
  ] as const)('without its authority, %s answers %i', async (onAuthorityLoss, status) => {
    const world = await start([rule({ onAuthorityLoss })]);
    world.link.up = false;
    await world.holder.flush();
    expect((await ask(world.gateway)).status).toBe(status);
  });
});

describe('many calls at once', () => {
  const burst = async (mode: BudgetRule['mode'], waitMs: number) => {
    const world = await start([rule({ amount: dollars('0.05'), mode })], { waitMs });
    const answers = await Promise.all(
      Array.from({ length: 120 }, async () => {
        const response = await ask(world.gateway);
        await response.text();
        return response.status;
      }),
    );
    await world.gateway.settled(answers.filter((status) => status === 200).length);
    const total = world.gateway.settlements.reduce(
      (sum, { charges: [charge] }) => sum + (charge?.cost.kind === 'priced' ? charge.cost.total : 0n),
      0n,
    );
    return { total, refused: answers.filter((status) => status === 429).length, account: await spent(world) };
  };

  it('never pass the cap, and use it up by waiting for each other', async () => {
    const { total, refused, account } = await burst('hard', 5_000);
    expect(total).toBeLessThanOrEqual(parseDollars('0.05'));
    expect(total * 100n).toBeGreaterThanOrEqual(parseDollars('0.05') * 95n);
    expect(refused).toBeGreaterThan(0);
    expect(account).toMatchObject({ spent: total, reserved: 0n });
  });

  it('pass it where nothing is reserved (control)', async () => {
    const { total, refused } = await burst('observe', 0);
    expect(refused).toBe(0);
    expect(total).toBeGreaterThan(parseDollars('0.05'));
  });
});

describe('a threshold', () => {
  const passed = async (action: BudgetRule['thresholds'][number]['action']) => {
    const world = await start([rule({ amount: dollars('0.01'), thresholds: [{ percent: 5, action }] })]);
    await (await ask(world.gateway)).text();
    await (await ask(world.gateway)).text();
    await world.holder.flush();
    return { world, response: await ask(world.gateway) };
  };

  it('warns in a header', async () => {
    const { response } = await passed({ kind: 'warn' });
    expect(response.headers.get('x-setpoint-budget-warning')).toBe('Support');
  });

  it('asks a cheaper model', async () => {
    const { world, response } = await passed({ kind: 'downgrade', model: 'gpt-4o-mini' });
    expect(response.headers.get('x-setpoint-route')).toBe('openai/gpt-4o-mini');
    expect(sentBody(world.gateway.seen[2])['model']).toBe('gpt-4o-mini');
    expect(world.gateway.intents[2]).toMatchObject({ modelRequested: 'gpt-4o', model: 'gpt-4o-mini' });
  });

  it('blocks', async () => {
    const { world, response } = await passed({ kind: 'block' });
    expect(response.status).toBe(429);
    expect(world.gateway.seen).toHaveLength(1); // the first call had passed it
  });

  it('lets few calls a second through', async () => {
    const { world } = await passed({ kind: 'throttle', callsPerSecond: 0.1 });
    expect((await ask(world.gateway)).status).toBe(429);
  });
});

describe('an expected budget', () => {
  it('reserves what calls of the kind usually cost, and states how far they can pass it', async () => {
    let release = (): void => undefined;
    let during = { reserved: 0n, exposed: 0n };
    const world: World = await start([rule({ mode: 'expected' })], {
      provider: (request, response) => {
        if (!request.body.includes('last')) return answer(response, { prompt: 100, completion: 50 });
        release = () => answer(response, { prompt: 100, completion: 50 });
        void world.holder.flush().then(() => {
          during = world.authority.view(Date.now())[0]!;
          release();
        });
      },
    });
    for (let index = 0; index < 25; index += 1)
      await (await ask(world.gateway, { max_tokens: 10_000 })).text();
    await (
      await ask(world.gateway, { max_tokens: 10_000, messages: [{ role: 'user', content: 'last' }] })
    ).text();
    const bound = parseDollars('0.1'); // 10,000 tokens of output
    expect(during.exposed).toBeGreaterThan((bound * 9n) / 10n); // 50 of them were used before
    expect((await spent(world)).exposed).toBe(0n);
  });

  it('stops a stream that outgrows what there is', async () => {
    const event = (delta: object, finish: string | null = null): string =>
      `data: ${JSON.stringify({ id: 'r', object: 'chat.completion.chunk', model: 'gpt-4o', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
    let ended = false;
    const world = await start([rule({ amount: dollars('0.02'), unboundedCall: dollars('0.015') })], {
      provider: (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const timer = setInterval(() => response.write(event({ content: 'word '.repeat(400) })), 5);
        response.on('close', () => {
          ended = true;
          clearInterval(timer);
        });
      },
    });
    const response = await ask(world.gateway, { stream: true, tools: [{ type: 'web_search' }] });
    const text = await response.text();
    expect(text).toContain('setpoint_budget_exceeded');
    await world.gateway.settled(1);
    expect(world.gateway.settlements[0]).toMatchObject({ status: 'stopped', finishReason: 'budget' });
    expect(ended).toBe(true);
    const { spent: total, cap } = await spent(world);
    expect(total).toBeGreaterThan(0n);
    expect(total).toBeLessThanOrEqual(cap);
  });
});
