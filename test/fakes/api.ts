/** An API over a fake ledger and a real registry in memory. */
import { randomBytes } from 'node:crypto';

import { createApi } from '../../src/api/api.ts';
import type { Api, ApiParts } from '../../src/api/api.ts';
import { openRegistry } from '../../src/registry/registry.ts';
import { fakeLedger, fakePoster } from './ledger.ts';
import type { FakeLedger, FakePoster } from './ledger.ts';

export const NOW_MS = Date.UTC(2026, 2, 20, 10);

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
