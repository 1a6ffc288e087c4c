/** An API over a fake ledger and a real registry in memory. */
import { randomBytes } from 'node:crypto';

import { createApi } from '../../src/api/api.ts';
import type { Api, ApiParts } from '../../src/api/api.ts';
import { openRegistry } from '../../src/registry/registry.ts';
import { fakeLedger, fakePoster } from './ledger.ts';
import type { FakeLedger, FakePoster } from './ledger.ts';

export const NOW_MS = Date.UTC(2026, 2, 20, 10);
const HOST = '127.0.0.1:4001';
export const API_URL = `http://${HOST}`;

export interface FakeApi {
  readonly api: Api;
  readonly ledger: FakeLedger;
  readonly poster: FakePoster;
  readonly published: number[];
  readonly troubles: unknown[];
}

export async function fakeApi(
  parts: Partial<ApiParts> & { readonly ledger?: FakeLedger; readonly poster?: FakePoster } = {},
): Promise<FakeApi> {
  const ledger = parts.ledger ?? fakeLedger();
  const poster = parts.poster ?? fakePoster();
  const published: number[] = [];
  const troubles: unknown[] = [];
  const registry =
    parts.registry ?? (await openRegistry({ file: ':memory:', nowMs: () => NOW_MS, randomBytes }));
  const api = createApi({
    registry,
    publish: async () => void published.push(published.length + 1),
    health: async () => [{ name: 'registry', ready: true, detail: '' }],
    providers: () => [
      {
        name: 'openai',
        dialect: 'openai',
        baseUrl: 'https://api.openai.com/v1',
        models: ['*'],
        aliases: {},
        priceProvider: 'openai',
        simulated: false,
        credential: 'set',
        serving: true,
      },
    ],
    priceBook: () => ({
      version: '2026-03-01+abcd1234',
      overrides: [
        { provider: 'openai', model: 'gpt-4o', rates: { freshIn: '2.5', cacheRead: '1.25', textOut: '10' } },
      ],
    }),
    budgetAccounts: () => [],
    timeZone: 'UTC',
    now: () => NOW_MS,
    access: { kind: 'loopback' },
    allowedHosts: [],
    onTrouble: ({ error }) => void troubles.push(error),
    tailIntervalMs: 1,
    ...parts,
    ledger,
    poster,
  });
  return { api, ledger, poster, published, troubles };
}

/** A `fetch` that reaches this API and nothing else, as from the same machine. */
export function fetchFrom({ api }: Pick<FakeApi, 'api'>): typeof fetch {
  return async (input, init) =>
    api.request(input instanceof Request ? input.url : String(input), {
      ...init,
      headers: { host: HOST, ...(init?.headers as Record<string, string>) },
    });
}

export interface ApiAsk {
  /** By default POST of what has a body, and GET. */
  readonly method?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks the API as a client on the same machine does. @param path below `/api/v1`. */
export function askApi(
  fake: Pick<FakeApi, 'api'>,
  path: string,
  { body, method = body === undefined ? 'GET' : 'POST', headers = {} }: ApiAsk = {},
): Promise<Response> {
  return fetchFrom(fake)(`${API_URL}/api/v1${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
  });
}
