import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

import { getRequestListener } from '@hono/node-server';
import { SpanStatusCode } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { TracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, it } from 'vitest';

import { askApi, fakeApi, NOW_MS } from '../../test/fakes/api.ts';
import type { FakeApi } from '../../test/fakes/api.ts';
import { EMPTY_ANSWER, fakeLedger, PAPER_ANSWER } from '../../test/fakes/ledger.ts';
import type { PostingBatch } from '../ledger/posting.ts';
import { TelemetryStatus } from './contract/telemetry.ts';
import { Problem } from './contract.ts';

const PATH = '/api/v1/otlp/v1/traces';
const JSON_TYPE = { 'content-type': 'application/json' };

function attribute(key: string, value: string | number): object {
  return { key, value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) } };
}

function request(...responseIds: string[]): string {
  const spans = responseIds.map((id, at) => ({
    traceId: 'b'.repeat(32),
    spanId: (at + 1).toString(16).padStart(16, '0'),
    name: 'chat gpt-4o',
    startTimeUnixNano: `${NOW_MS - 60_000}000000`,
    endTimeUnixNano: `${NOW_MS - 59_000}000000`,
    attributes: [
      attribute('gen_ai.operation.name', 'chat'),
      attribute('gen_ai.provider.name', 'openai'),
      attribute('gen_ai.request.model', 'gpt-4o'),
      attribute('gen_ai.response.id', id),
      attribute('gen_ai.usage.input_tokens', 1_000),
      attribute('gen_ai.usage.output_tokens', 100),
    ],
  }));
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

/** An API whose ledger knows what was posted to it. */
async function world(
  parts: Parameters<typeof fakeApi>[0] = {},
): Promise<FakeApi & { readonly batches: PostingBatch[] }> {
  const batches: PostingBatch[] = [];
  const known = (): Set<string> =>
    new Set(batches.flatMap(({ postings }) => postings.map(({ settlement }) => settlement.responseId)));
  const ledger = fakeLedger({
    answer: ({ where }) => ({
      ...EMPTY_ANSWER,
      rows: where.some(({ dimension }) => dimension === 'source')
        ? []
        : (where.find(({ dimension }) => dimension === 'responseId')?.is ?? [])
            .filter((id) => known().has(id))
            .map((id) => ({ group: [id], figures: { lines: 1 } })),
    }),
  });
  const fake = await fakeApi({ ledger, ...parts });
  const poster = {
    ...fake.poster,
    post: async (batch: PostingBatch) => (
      batches.push(batch),
      { lines: batch.postings.length, repeated: false }
    ),
  };
  return { ...(await fakeApi({ ledger, ...parts, poster })), batches };
}

function send(
  { api }: FakeApi,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = JSON_TYPE,
): Promise<Response> {
  return Promise.resolve(
    api.request(`http://127.0.0.1:4001${PATH}`, {
      method: 'POST',
      body,
      headers: { host: '127.0.0.1:4001', ...headers },
    }),
  );
}

describe('POST /api/v1/otlp/v1/traces', () => {
  it('200 takes JSON, and a repeat adds nothing', async () => {
    const fake = await world();
    const response = await send(fake, request('r1', 'r2'));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({});
    await send(fake, request('r2', 'r1'));
    expect(fake.batches.flatMap(({ postings }) => postings)).toHaveLength(2);
    const status = TelemetryStatus.parse(await (await askApi(fake, '/telemetry')).json());
    expect(status.ingest).toMatchObject({ requests: 2, calls: 2, known: 2, malformed: 0 });
    expect(status.export).toBeNull();
  });

  it('200 takes gzip', async () => {
    const fake = await world();
    const body = Uint8Array.from(gzipSync(request('r1')));
    expect((await send(fake, body, { ...JSON_TYPE, 'content-encoding': 'gzip' })).status).toBe(200);
    expect(fake.batches).toHaveLength(1);
  });

  it('200 says how many spans it could not read', async () => {
    const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'no ids' }] }] }] });
    expect(await (await send(await world(), body)).json()).toEqual({
      partialSuccess: { rejectedSpans: '1', errorMessage: 'spans without ids or times were left out' },
    });
  });

  it('200 with a Setpoint key gives its defaults, and the key to the line', async () => {
    const access = { kind: 'token', adminToken: 'x'.repeat(24) } as const;
    const fake = await world({ access });
    const created = await askApi(fake, '/keys', {
      body: { name: 'batch', workflow: 'claims', team: 'Ops' },
      headers: { authorization: `Bearer ${access.adminToken}` },
    });
    const { secret, key } = (await created.json()) as { secret: string; key: { id: string } };
    expect(
      (await send(fake, request('r1'), { ...JSON_TYPE, authorization: `Bearer ${secret}` })).status,
    ).toBe(200);
    expect(fake.batches[0]?.postings[0]?.settlement.intent).toMatchObject({
      key: key.id,
      attribution: { workflow: 'claims', team: 'Ops', by: 'key' },
    });
  });

  it('401 without key or login where the network can reach it', async () => {
    const fake = await world({ access: { kind: 'token', adminToken: 'x'.repeat(24) } });
    expect((await send(fake, request('r1'))).status).toBe(401);
    expect(
      (await send(fake, request('r1'), { ...JSON_TYPE, authorization: 'Bearer sp_live_nonsense' })).status,
    ).toBe(401);
    expect(fake.batches).toEqual([]);
  });

  it.each(['{', '[]', 'x'])('400 %s is no trace request', async (body) => {
    const response = await send(await world(), body);
    expect(response.status).toBe(400);
    expect(Problem.parse(await response.json()).detail).toMatch(/^Nothing was taken/);
  });

  it('415 another type', async () => {
    expect((await send(await world(), 'x', { 'content-type': 'text/plain' })).status).toBe(415);
  });

  it('503 while the ledger is away, so that the sender tries again', async () => {
    const ledger = { ...fakeLedger(), ask: () => Promise.reject(new Error('gone')) };
    const response = await send(await world({ ledger }), request('r1'));
    expect(response.status).toBe(503);
  });
});

describe('the official OpenTelemetry exporter', () => {
  const closing: (() => void)[] = [];
  afterEach(() => void closing.splice(0).forEach((close) => close()));

  it('is understood, over protobuf', async () => {
    const fake = await world();
    const server = createServer(
      (incoming, outgoing) => void getRequestListener(fake.api.fetch)(incoming, outgoing),
    );
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    closing.push(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`;
    const provider = new TracerProvider({
      spanProcessors: [new SimpleSpanProcessor({ exporter: new OTLPTraceExporter({ url }) })],
    });
    const tracer = provider.getTracer('app', '1');
    const span = tracer.startSpan('chat gpt-4o', {
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.response.id': 'from-the-sdk',
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.usage.input_tokens': 1_248,
        'gen_ai.usage.cache_read.input_tokens': 1_152,
        'gen_ai.usage.output_tokens': 100,
        'gen_ai.workflow.name': 'support',
      },
    });
    span.setStatus({ code: SpanStatusCode.OK });
    span.end();
    await provider.forceFlush();
    await provider.shutdown();
    const [posting] = fake.batches.flatMap(({ postings }) => postings);
    expect(posting?.source).toBe('telemetry');
    expect(posting?.settlement).toMatchObject({
      responseId: 'from-the-sdk',
      status: 'ok',
      finishReason: 'stop',
      intent: { provider: 'openai', attribution: { workflow: 'support' } },
    });
    expect(posting?.settlement.charges[0]).toMatchObject({
      usage: { freshIn: 96, cacheRead: 1_152, textOut: 100 },
      cost: { kind: 'priced', total: 2_680_000_000n },
    });
  });
});

describe('GET /metrics', () => {
  const get = ({ api }: FakeApi): Promise<Response> =>
    Promise.resolve(api.request('http://127.0.0.1:4001/metrics', { headers: { host: '127.0.0.1:4001' } }));

  it('200 sums the ledger by labels with few values, the rest under other', async () => {
    const answer = {
      ...PAPER_ANSWER,
      rows: PAPER_ANSWER.rows.map((row) => ({ ...row, group: [...row.group, 'openai', 'gpt"4\\o\n'] })),
    };
    const ledger = fakeLedger({
      answer: ({ by }) => (by.length === 0 ? { ...EMPTY_ANSWER, total: { cost: '-12.5' } } : answer),
    });
    const text = await (await get(await fakeApi({ ledger }))).text();
    expect(text).toContain('# TYPE setpoint_cost_dollars_total counter');
    expect(text).toContain(
      'setpoint_cost_dollars_total{workflow="Support copilot",team="CX",provider="openai",model="gpt\\"4\\\\o\\n"} 41800.4',
    );
    expect(text).toContain(
      'setpoint_calls_total{workflow="other",team="other",provider="other",model="other"} 320000',
    );
    expect(text).toContain('setpoint_corrections_dollars -12.5');
    expect(text).toContain('setpoint_label_sets_folded 1');
    expect(ledger.asked[0]).toMatchObject({ by: ['workflow', 'team', 'provider', 'model'], limit: 1_000 });
    expect(text.split('\n').filter((line) => line.includes('customer') || line.includes('session'))).toEqual(
      [],
    );
  });

  it('200 asks the ledger once for scrapes that lie close together', async () => {
    const fake = await fakeApi();
    await get(fake);
    await get(fake);
    expect(fake.ledger.asked).toHaveLength(2);
  });

  it('200 asks it again when ten seconds are over by the clock itself, though the time of a demo stands still', async () => {
    let clock = 0;
    const fake = await fakeApi({ clockMs: () => clock });
    await get(fake);
    clock = 10_001;
    await get(fake);
    expect(fake.ledger.asked).toHaveLength(4);
  });

  it('401 without the login that the network needs', async () => {
    expect((await get(await fakeApi({ access: { kind: 'token', adminToken: 'x'.repeat(24) } }))).status).toBe(
      401,
    );
  });
});
