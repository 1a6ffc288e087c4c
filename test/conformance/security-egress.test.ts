/**
 * Where the gateway may connect: the corpus of addresses that it must not reach, names that change their mind, redirects.
 * Each part has a control without the guard, which does connect: a corpus that reaches nothing anyway would prove nothing.
 */
import diagnostics from 'node:diagnostics_channel';
import { createServer } from 'node:net';
import type { AddressInfo, LookupFunction, Socket } from 'node:net';

import { buildConnector, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { grantsOf } from '../../src/gateway/egress/addresses.ts';
import { EgressRefused, guardedAgent, guardedConnector } from '../../src/gateway/egress/connector.ts';
import type { Dial, DialWith, Resolve } from '../../src/gateway/egress/connector.ts';
import { checkSettings } from '../../src/operate/operate.ts';
import { startGatewayAlone } from '../e2e/gateway-alone.ts';
import type { GatewayAlone, GatewayAloneOptions } from '../e2e/gateway-alone.ts';
import { startNameServer } from '../fakes/name-server.ts';
import { EGRESS_CASES, PUBLIC_CASES, REFUSED_SETTINGS } from './security-egress-cases.ts';
import type { EgressCase } from './security-egress-cases.ts';

const ANSWER = JSON.stringify({
  id: 'x',
  model: 'm',
  choices: [],
  usage: { prompt_tokens: 1, completion_tokens: 1 },
});
const TIMEOUT_MS = 2_000;

/** What must not be reached: it counts connections, and would answer. */
const listener = createServer((socket) => {
  reached += 1;
  socket.on('error', () => undefined);
  socket.on('data', () =>
    socket.end(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${ANSWER.length}\r\n\r\n${ANSWER}`,
    ),
  );
});
let reached = 0;
let port = 0;
/** Every address that any socket of this process began to connect to, as Node tells it. */
const attempts: string[] = [];
const watch = (message: unknown): void => {
  (message as { socket: Socket }).socket.on(
    'connectionAttempt',
    (address, to) => void attempts.push(`${address} ${to}`),
  );
};

beforeAll(async () => {
  await new Promise<void>((resolve) => listener.listen(0, resolve));
  ({ port } = listener.address() as AddressInfo);
  diagnostics.subscribe('net.client.socket', watch);
});
afterAll(() => {
  diagnostics.unsubscribe('net.client.socket', watch);
  listener.close();
});

function at({ url }: EgressCase): string {
  return url.replace('PORT', String(port));
}

/** A name service that knows the corpus. */
function resolveCases(cases: readonly EgressCase[]): Resolve {
  const answers = new Map(cases.map((one) => [new URL(at(one)).hostname, one.answers]));
  return async (hostname) => {
    const found = answers.get(hostname) ?? [];
    if (found.length === 0) throw new Error(`${hostname} is not in the corpus`);
    return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
}

/**
 * The whole internet in one machine: whatever address is dialed, a real connection is opened to the listener. Names go through
 * the lookup, as they do in Node.
 */
function switchboard(dialed: string[] = []): DialWith {
  const real = buildConnector({ timeout: TIMEOUT_MS, allowH2: false });
  return (lookup) => (target, callback) => {
    const connect = (address: string): void => {
      dialed.push(address);
      real({ ...target, protocol: 'http:', hostname: '127.0.0.1', port: String(port) }, callback);
    };
    if (/^[\d.]+$|:/.test(target.hostname)) return connect(target.hostname);
    lookup(target.hostname, { all: true }, (error, addresses) => {
      if (error !== null) callback(error, null);
      else for (const { address } of (addresses as Array<{ address: string }>).slice(0, 1)) connect(address);
    });
  };
}

/** The control: what the guard does is left out, and nothing else. */
function unguarded(resolve: Resolve, dialWith: DialWith): Dial {
  const lookup: LookupFunction = (hostname, _options, callback) => {
    resolve(hostname, 0).then(
      (addresses) => callback(null, [...addresses]),
      (fault: unknown) => callback(fault as Error, ''),
    );
  };
  return dialWith(lookup);
}

async function startWith(
  cases: readonly EgressCase[],
  dialOf: GatewayAloneOptions['dialOf'],
): Promise<GatewayAlone> {
  return startGatewayAlone({
    provider: (_request, response) => void response.end(),
    ...(dialOf !== undefined && { dialOf }),
    providers: cases.map((one, index) => ({
      name: `case-${index}`,
      baseUrl: at(one),
      models: [`case-${index}`],
      onClientGone: 'cancel' as const,
    })),
  });
}

async function callAll(
  gateway: GatewayAlone,
  count: number,
): Promise<Array<{ status: number; text: string }>> {
  const answers: Array<{ status: number; text: string }> = [];
  for (let index = 0; index < count; index += 1) {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: `case-${index}`, messages: [{ role: 'user', content: 'hi' }] }),
    });
    answers.push({ status: response.status, text: await response.text() });
  }
  await gateway.settled(count);
  return answers;
}

describe(`the corpus of ${EGRESS_CASES.length} addresses`, () => {
  it('has at least 200, each once', () => {
    expect(new Set(EGRESS_CASES.map((one) => one.url)).size).toBe(EGRESS_CASES.length);
    expect(EGRESS_CASES.length).toBeGreaterThanOrEqual(200);
  });

  it.each([
    ['over the network', undefined],
    ['where every address leads to the listener', switchboard()],
  ] as const)('%s: 0 connections, 0 charges, a refusal that says so', async (_how, dialWith) => {
    const resolve = resolveCases(EGRESS_CASES);
    const gateway = await startWith(EGRESS_CASES, (grants) =>
      guardedConnector({ grants, timeoutMs: TIMEOUT_MS, resolve, ...(dialWith && { dialWith }) }),
    );
    reached = 0;
    attempts.length = 0;
    const answers = await callAll(gateway, EGRESS_CASES.length);
    await gateway.stop();
    const escaped = EGRESS_CASES.filter((_one, index) => answers[index]?.status !== 502).map(at);
    expect(escaped).toEqual([]);
    expect(reached).toBe(0);
    expect(attempts.filter((one) => !one.endsWith(` ${gateway.port}`))).toEqual([]);
    for (const { text } of answers) {
      expect(JSON.parse(text)).toMatchObject({ error: { code: 'setpoint_upstream_failed' } });
      expect(text).toContain('Nothing was sent and nothing was charged');
    }
    expect(gateway.faults).toEqual([]);
    expect(gateway.settlements.map(({ status }) => status)).toEqual(
      EGRESS_CASES.map(() => 'upstream_failed'),
    );
    for (const { charges, httpStatus } of gateway.settlements) {
      expect(charges).toMatchObject([{ basis: 'reported', cost: { kind: 'priced', total: 0n } }]);
      expect(httpStatus).toBe(0);
    }
  });

  it('connects in every case where the guard is off (control)', async () => {
    const resolve = resolveCases(EGRESS_CASES);
    const dialed: string[] = [];
    const gateway = await startWith(EGRESS_CASES, () => unguarded(resolve, switchboard(dialed)));
    reached = 0;
    const answers = await callAll(gateway, EGRESS_CASES.length);
    await gateway.stop();
    expect(reached).toBe(EGRESS_CASES.length);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(dialed).toHaveLength(EGRESS_CASES.length);
  });

  it('also holds for what control sends (collectors, web hooks)', async () => {
    const resolve = resolveCases(EGRESS_CASES);
    reached = 0;
    for (const one of EGRESS_CASES) {
      const url = at(one);
      const agent = guardedAgent({
        grants: grantsOf(url),
        timeoutMs: TIMEOUT_MS,
        resolve,
        dialWith: switchboard(),
      });
      const bare = url.replace(/\/\/[^/@]*(?:@)/, '//'); // undici's request takes no user in an address
      await expect(request(bare, { dispatcher: agent, method: 'POST', body: '{}' })).rejects.toThrow(
        EgressRefused,
      );
      await agent.destroy();
    }
    expect(reached).toBe(0);
  });

  it.each(PUBLIC_CASES)('$url is connected to', async (one) => {
    const resolve = resolveCases(PUBLIC_CASES);
    const gateway = await startWith([one], (grants) =>
      guardedConnector({ grants, timeoutMs: TIMEOUT_MS, resolve, dialWith: switchboard() }),
    );
    const [answer] = await callAll(gateway, 1);
    await gateway.stop();
    expect(answer?.status).toBe(200);
  });

  it.each(REFUSED_SETTINGS)('%s is no setting', (url) => {
    const yamlText = `providers: [{name: own, dialect: openai, key: none, baseUrl: ${JSON.stringify(url)}}]`;
    expect(checkSettings({ yamlText, environment: {}, flags: {} })).toMatchObject({
      kind: 'problems',
      problems: [{ path: 'providers[0].baseUrl' }],
    });
  });
});

describe('a newcomer’s model server on this machine', () => {
  it.each(['127.0.0.1', 'localhost', 'LOCALHOST'])(
    'is called at %s as it is, by the system’s own names',
    async (host) => {
      const gateway = await startWith([{ url: `http://${host}:PORT/v1`, answers: [] }], undefined);
      const [answer] = await callAll(gateway, 1);
      await gateway.stop();
      expect(answer?.status).toBe(200);
    },
  );

  it('is not called where its address hides', async () => {
    const hosts = ['0x7f.1', '0.0.0.0', '[::ffff:127.0.0.1]', 'me@127.0.0.1'];
    const gateway = await startWith(
      hosts.map((host) => ({ url: `http://${host}:PORT/v1`, answers: [] })),
      undefined,
    );
    reached = 0;
    const answers = await callAll(gateway, hosts.length);
    await gateway.stop();
    expect([answers.map(({ status }) => status), reached]).toEqual([[502, 502, 502, 502], 0]);
  });
});

describe('a grant', () => {
  const name: EgressCase = { url: 'http://llm.corp:PORT/v1', answers: ['127.0.0.1'] };
  const start = (allowPrivate: readonly string[] | undefined): Promise<GatewayAlone> =>
    startGatewayAlone({
      provider: (_request, response) => void response.end(),
      dialOf: (grants, onRefused) =>
        guardedConnector({ grants, timeoutMs: TIMEOUT_MS, resolve: resolveCases([name]), onRefused }),
      providers: [
        { name: 'granted', baseUrl: at(name), models: ['case-0'], ...(allowPrivate && { allowPrivate }) },
        { name: 'beside', baseUrl: at(name), models: ['case-1'] },
      ],
    });

  it('opens its own provider, over the network, and not the one beside it at the same address', async () => {
    const gateway = await start(['127.0.0.1/32']);
    const answers = await callAll(gateway, 2);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    await gateway.stop();
    expect(answers.map(({ status }) => status)).toEqual([200, 502]);
    expect(answers[1]?.text).toContain('allowPrivate');
    expect(metrics).toContain('setpoint_egress_refused_total 1\n');
  });

  it.each([[undefined], [[]], [['10.0.0.0/8']], [['127.0.0.2/32']], [['::1/128']]])(
    '%j does not open it',
    async (grant) => {
      const gateway = await start(grant);
      const answers = await callAll(gateway, 1);
      await gateway.stop();
      expect(answers[0]?.status).toBe(502);
    },
  );
});

describe('a name that changes its mind', () => {
  const PUBLIC = '104.18.6.192';
  const url = (): string => `http://rebind.example:${port}/v1`;
  const resolvers: ReadonlyArray<readonly [string, () => Promise<{ resolve: Resolve; stop: () => void }>]> = [
    [
      'by an injected resolver',
      async () => {
        let asked = 0;
        const resolve: Resolve = async () => [
          { address: (asked += 1) % 2 === 1 ? PUBLIC : '127.0.0.1', family: 4 },
        ];
        return { resolve, stop: () => undefined };
      },
    ],
    ['by a name server on UDP', () => startNameServer([PUBLIC, '127.0.0.1'])],
  ];

  it.each(resolvers)('%s never leads to the second answer', async (_how, make) => {
    const { resolve, stop } = await make();
    const dialed: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      const agent = guardedAgent({
        grants: grantsOf(url()),
        timeoutMs: TIMEOUT_MS,
        resolve,
        dialWith: switchboard(dialed),
      });
      await request(url(), { dispatcher: agent }).then(
        ({ body }) => body.dump(),
        () => undefined,
      );
      await agent.destroy();
    }
    stop();
    expect(dialed).toEqual([PUBLIC, PUBLIC, PUBLIC, PUBLIC, PUBLIC]); // of ten answers five were public
  });

  it.each(resolvers)(
    '%s does where the check resolves apart from the connection (control)',
    async (_how, make) => {
      const { resolve, stop } = await make();
      const dialed: string[] = [];
      const [first] = await resolve('rebind.example', 4);
      expect(first?.address).toBe(PUBLIC); // the naive check is content
      await new Promise<void>((done) =>
        unguarded(resolve, switchboard(dialed))(
          { hostname: 'rebind.example', protocol: 'http:', port: String(port) },
          (_error, socket) => {
            socket?.destroy();
            done();
          },
        ),
      );
      stop();
      expect(dialed).toEqual(['127.0.0.1']);
    },
  );
});

describe('a redirect of a provider', () => {
  it.each([301, 302, 303, 307, 308])('%i is not followed and not told on', async (status) => {
    const gateway = await startGatewayAlone({
      provider: (_request, response) =>
        void response
          .writeHead(status, {
            location: `http://127.0.0.1:${port}/latest/meta-data`,
            'content-type': 'application/json',
          })
          .end('{}'),
    });
    reached = 0;
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      redirect: 'manual',
      body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] }),
    });
    await response.text();
    await gateway.settled(1);
    await gateway.stop();
    expect([response.status, response.headers.get('location'), reached]).toEqual([status, null, 0]);
    expect(gateway.seen).toHaveLength(1);
  });

  it('is not followed by what control sends either', async () => {
    const gateway = await startGatewayAlone({
      provider: (_request, response) =>
        void response.writeHead(307, { location: `http://127.0.0.1:${port}/` }).end(),
      providers: [{ name: 'openai', models: ['case-0'] }],
    });
    reached = 0;
    const agent = guardedAgent({ grants: grantsOf(gateway.url), timeoutMs: TIMEOUT_MS });
    const { statusCode, body } = await request(`${gateway.url}/v1/chat/completions`, {
      dispatcher: agent,
      method: 'POST',
      body: JSON.stringify({ model: 'case-0', messages: [{ role: 'user', content: 'hi' }] }),
    });
    await body.dump();
    await agent.destroy();
    await gateway.stop();
    expect([statusCode, reached]).toEqual([307, 0]);
  });
});
