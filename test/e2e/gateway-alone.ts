/**
 * A gateway in this process, with a scripted provider behind it and a recorder that remembers. No stores, no other
 * processes: for tests of what passes through and of what is said about it.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { SliceHolder } from '../../src/budgets/budgets.ts';
import type { DrainWays } from '../../src/gateway/drain.ts';
import { createGateway, createSegmentCounter } from '../../src/gateway/gateway.ts';
import type {
  GatewayOptions,
  Intent,
  Ladder,
  Settlement,
  StrictRecorder,
} from '../../src/gateway/gateway.ts';
import { seedPriceBook } from '../../src/prices/prices.ts';
import { DEFAULT_LIMITS, openRulebook } from '../../src/rulebook/rulebook.ts';
import type { Limits, ProviderRule, RulebookData } from '../../src/rulebook/rulebook.ts';
import { createIdSource } from '../../src/units/ids.ts';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface GatewayAlone {
  readonly server: Server;
  readonly url: string;
  readonly port: number;
  readonly seen: SeenRequest[];
  readonly intents: Intent[];
  readonly settlements: Settlement[];
  readonly faults: unknown[];
  /** What /metrics says. */
  metrics(): string;
  /** Waits until a number of attempts has been settled. */
  settled(count: number): Promise<void>;
  /** Waits until no more than a number of clients is connected: one that leaves is noticed a moment after it left. */
  connected(most: number): Promise<void>;
  /** Stops taking calls and waits for those under way. */
  drain(withinMs: number, ways?: DrainWays): Promise<void>;
  stop(): Promise<void>;
}

export interface GatewayAloneOptions {
  /** Answers a request that reached the provider. */
  readonly provider: (request: SeenRequest, response: ServerResponse) => void;
  readonly providers?: ReadonlyArray<Partial<ProviderRule>>;
  /** Of every provider's address; `/v1` unless said. */
  readonly basePath?: string;
  readonly rulebook?: Partial<RulebookData>;
  readonly limits?: Partial<Limits>;
  readonly recorder?: {
    readonly intend?: (intent: Intent) => void;
    readonly settle?: (settlement: Settlement) => void;
    readonly strict?: StrictRecorder | undefined;
  };
  readonly overload?: Ladder;
  readonly monotonicMs?: () => number;
  /** How connections to providers are opened, where it is not over the network. */
  readonly dialOf?: GatewayOptions['dialOf'];
  readonly retryShare?: number;
  /** A number in [0, 1); chance unless said. */
  readonly chance?: () => number;
  readonly budgets?: SliceHolder;
}

export async function startGatewayAlone(options: GatewayAloneOptions): Promise<GatewayAlone> {
  const seen: SeenRequest[] = [];
  const upstream = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks),
      };
      seen.push(one);
      options.provider(one, response);
    });
  });
  const upstreamPort = await listen(upstream);
  const rulebook = openRulebook(await rulebookData(upstreamPort, options));
  const intents: Intent[] = [];
  const settlements: Settlement[] = [];
  const faults: unknown[] = [];
  const counter = createSegmentCounter({
    hashKey: Buffer.alloc(32, 7),
    remember: 10_000,
    queueLimit: 1_000_000,
  });
  const gateway = createGateway({
    rulebook: () => rulebook,
    recorder: {
      intend(intent) {
        options.recorder?.intend?.(intent);
        intents.push(intent);
      },
      settle(settlement) {
        options.recorder?.settle?.(settlement);
        settlements.push(settlement);
      },
      strict: options.recorder?.strict,
    },
    ...(options.retryShare !== undefined && { retryShare: options.retryShare }),
    ...(options.overload !== undefined && { overload: options.overload }),
    counter,
    newId: createIdSource(Date.now),
    nowMs: Date.now,
    monotonicMs: options.monotonicMs ?? (() => performance.now()),
    chance: options.chance ?? Math.random,
    gauges: () => ({}),
    runtime: {},
    onFault: (fault) => void faults.push(fault),
    ...(options.dialOf !== undefined && { dialOf: options.dialOf }),
    ...(options.budgets !== undefined && { budgets: options.budgets }),
  });
  const port = await listen(gateway.server);
  return {
    server: gateway.server,
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    intents,
    settlements,
    faults,
    metrics: () => gateway.metrics.text(),
    async settled(count) {
      for (let tries = 0; settlements.length < count; tries += 1) {
        if (tries > 1_000) throw new Error(`${settlements.length} of ${count} attempts settled`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async connected(most) {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 10)); // the runner's own limit ends a wait for what never comes
        const count = await new Promise<number>((resolve) => {
          gateway.server.getConnections((_fault, found) => resolve(found));
        });
        if (count <= most) return;
      }
    },
    drain: (withinMs, ways) => gateway.drain(withinMs, ways),
    async stop() {
      await gateway.drain(0);
      upstream.closeAllConnections();
      await new Promise((resolve) => upstream.close(resolve));
      counter.close();
    },
  };
}

async function rulebookData(upstreamPort: number, options: GatewayAloneOptions): Promise<RulebookData> {
  const wanted = options.providers ?? [
    { name: 'openai', dialect: 'openai', models: ['gpt-*'], priceProvider: 'openai' },
    { name: 'anthropic', dialect: 'anthropic', models: ['claude-*'], priceProvider: 'anthropic' },
  ];
  return {
    version: 1,
    publishedAtMs: 0,
    unkeyed: true,
    passThroughKeys: false,
    providers: wanted.map((one) => ({
      name: 'openai',
      dialect: 'openai',
      baseUrl: `http://127.0.0.1:${upstreamPort}${options.basePath ?? '/v1'}`,
      secret: 'provider-secret',
      models: ['*'],
      aliases: {},
      priceProvider: 'openai',
      simulated: false,
      onClientGone: 'drain',
      streamUsage: 'ask',
      headers: {},
      ...one,
    })),
    keys: [],
    workflows: [],
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    prices: await seedPriceBook(),
    ...options.rulebook,
  };
}

function listen(server: import('node:http').Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
