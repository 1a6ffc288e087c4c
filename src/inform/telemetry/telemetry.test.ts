import { randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { fakeLedger, EMPTY_ANSWER, LINE } from '../../../test/fakes/ledger.ts';
import { GENAI, spanWith, START_MS } from '../../../test/fakes/spans.ts';
import type { Posting, PostingBatch, LedgerPoster } from '../../ledger/posting.ts';
import type { LedgerLine, LedgerReader } from '../../ledger/question.ts';
import { openPriceBook } from '../../prices/prices.ts';
import { findCalls, settlementOf } from './calls.ts';
import type { SettleWorld } from './calls.ts';
import { isExported, metricRequest, traceRequest } from './export.ts';
import { createExporter, createSpanIntake, readTraceRequest } from './telemetry.ts';
import type { Span } from './telemetry.ts';

const PRICES = openPriceBook({
  version: 'test-1',
  overrides: [
    { provider: 'openai', model: 'gpt-4o*', rates: { freshIn: '2.5', cacheRead: '1.25', textOut: '10' } },
  ],
});
const WORLD: SettleWorld = {
  prices: PRICES,
  defaults: { workflow: '', team: '', customer: '' },
  key: 'unkeyed',
  rulebookVersion: 1,
};

/** A ledger that remembers what was posted, by response id; what a gateway recorded is given. */
function memoryLedger(recorded: Set<string> = new Set()): {
  reader: LedgerReader;
  poster: LedgerPoster;
  postings: Posting[];
  batches: PostingBatch[];
} {
  const postings: Posting[] = [];
  const batches: PostingBatch[] = [];
  const reader = fakeLedger({
    answer: ({ where }) => {
      const ids = where.find(({ dimension }) => dimension === 'responseId')?.is ?? [];
      const notTelemetry = where.some(({ dimension }) => dimension === 'source');
      const posted = new Set(notTelemetry ? [] : postings.map(({ settlement }) => settlement.responseId));
      const known = ids.filter((id) => recorded.has(id) || posted.has(id));
      return { ...EMPTY_ANSWER, rows: known.map((id) => ({ group: [id], figures: { lines: 1 } })) };
    },
  });
  const poster: Pick<LedgerPoster, 'post'> = {
    async post(batch) {
      const repeated = batches.some(({ id }) => id === batch.id);
      if (!repeated) {
        batches.push(batch);
        postings.push(...batch.postings);
      }
      return { lines: repeated ? 0 : batch.postings.length, repeated };
    },
  };
  return { reader, poster: poster as LedgerPoster, postings, batches };
}

describe('which spans are calls', () => {
  const agent = spanWith(
    { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.usage.input_tokens': 900 },
    { spanId: '00000000000000a1' },
  );
  const wrapper = spanWith(
    { 'openinference.span.kind': 'LLM', 'llm.token_count.prompt': 900, 'llm.model_name': 'gpt-4o' },
    { spanId: '00000000000000b2', parentSpanId: agent.spanId },
  );
  const leaf = spanWith(GENAI, { spanId: '00000000000000c3', parentSpanId: wrapper.spanId });
  const fetched = spanWith(
    { ...GENAI, 'gen_ai.operation.name': 'fetch_response' },
    { spanId: '00000000000000d4' },
  );
  const tool = spanWith(
    { 'openinference.span.kind': 'TOOL' },
    { spanId: '00000000000000e5', parentSpanId: agent.spanId },
  );

  it('only the leaves: agents, wrappers, tools and fetched responses repeat or cost nothing', () => {
    const verdicts = findCalls([agent, wrapper, leaf, fetched, tool], new Set());
    expect(verdicts.map((one) => (one.kind === 'call' ? 'call' : one.why))).toEqual([
      'no model call',
      'not a leaf',
      'call',
      'no model call',
      'no model call',
    ]);
  });

  it('in whatever order they come', () => {
    const verdicts = findCalls([leaf, wrapper, agent], new Set());
    expect(verdicts.filter(({ kind }) => kind === 'call').map(({ span }) => span.spanId)).toEqual([
      leaf.spanId,
    ]);
  });

  it('a wrapper that comes in a later request than its leaf is no second call', async () => {
    const { reader, poster, postings } = memoryLedger();
    const intake = createSpanIntake(reader, poster);
    await intake.take([leaf], WORLD);
    expect(await intake.take([wrapper, agent], WORLD)).toMatchObject({ calls: 0, skipped: 2 });
    expect(postings).toHaveLength(1);
  });

  it('circles of parents end', () => {
    const one = spanWith(GENAI, { spanId: '00000000000000f1', parentSpanId: '00000000000000f2' });
    const two = spanWith(GENAI, { spanId: '00000000000000f2', parentSpanId: '00000000000000f1' });
    expect(findCalls([one, two], new Set())).toHaveLength(2);
  });
});

describe('a span as a settlement', () => {
  it('is priced by our book, with the sender’s cost as a claim beside it', () => {
    const settlement = settlementOf(spanWith({ ...GENAI, 'llm.cost.total': 0.0123 }), 'chatcmpl-1', WORLD);
    const [charge] = settlement.charges;
    // 96 × 2.5 + 1,152 × 1.25 + 100 × 10 dollars per million
    expect(charge?.cost).toMatchObject({ kind: 'priced', total: 2_680_000_000n });
    expect(charge?.providerCost).toBe(12_300_000_000n);
    expect(settlement).toMatchObject({ status: 'ok', responseId: 'chatcmpl-1', durationMs: 1_200 });
    expect(settlement.intent).toMatchObject({
      wire: 'otlp',
      provider: 'openai',
      model: 'gpt-4o',
      startedAtMs: START_MS,
      simulated: false,
    });
    expect(settlement.composition).toEqual({ basis: 'unknown', input: { unknown: 1_248 }, output: {} });
  });

  it('an unknown model is unpriced, a span without usage is unpriced and flagged, a failed one without usage is free', () => {
    const of = (attributes: Record<string, string | number>, failed = false) =>
      settlementOf(spanWith(attributes, { failed }), 'id', WORLD).charges[0];
    expect(
      of({ ...GENAI, 'gen_ai.request.model': 'mystery', 'gen_ai.response.model': 'mystery' })?.cost.kind,
    ).toBe('unpriced');
    const silent = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
    };
    expect(of(silent)).toMatchObject({ cost: { kind: 'unpriced' }, flag: 'the span reports no usage' });
    expect(of(silent, true)).toMatchObject({ cost: { kind: 'priced', total: 0n }, flag: '' });
  });

  it('takes workflow, team and customer from the span, its metadata, or the key', () => {
    const named = settlementOf(
      spanWith({
        ...GENAI,
        'gen_ai.workflow.name': 'support',
        'user.id': 'acme',
        metadata: '{"team":"CX"}',
        'service.name': 'api',
        'gen_ai.conversation.id': 'c1',
      }),
      'x',
      WORLD,
    );
    expect(named.intent.attribution).toMatchObject({
      workflow: 'support',
      team: 'CX',
      customer: 'acme',
      session: 'c1',
      by: 'said',
      tags: { service: 'api' },
    });
    const byKey = settlementOf(spanWith(GENAI), 'x', {
      ...WORLD,
      defaults: { workflow: 'claims', team: 'Ops', customer: '' },
    });
    expect(byKey.intent.attribution).toMatchObject({
      workflow: 'claims',
      team: 'Ops',
      customer: '',
      by: 'key',
    });
    expect(settlementOf(spanWith(GENAI), 'x', WORLD).intent.attribution).toMatchObject({
      workflow: '',
      by: '',
    });
  });

  it('never carries content', () => {
    const canary = 'CANARY-PROMPT-91';
    const settlement = settlementOf(
      spanWith(
        {
          ...GENAI,
          'gen_ai.input.messages': canary,
          'input.value': canary,
          'llm.input_messages.0.message.content': canary,
        },
        { name: canary },
      ),
      'x',
      WORLD,
    );
    expect(
      JSON.stringify(settlement, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.toContain(canary);
  });

  it('the same span is the same call', () => {
    const span = spanWith(GENAI);
    expect(settlementOf(span, 'x', WORLD).intent.call).toBe(settlementOf(span, 'x', WORLD).intent.call);
    expect(settlementOf(span, 'x', WORLD).intent.call).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});

describe('intake', () => {
  const other = { ...GENAI, 'gen_ai.response.id': 'chatcmpl-2' };

  it('leaves out what the gateway recorded', async () => {
    const { reader, poster, postings } = memoryLedger(new Set(['chatcmpl-1']));
    const taken = await createSpanIntake(reader, poster).take(
      [spanWith(GENAI), spanWith(other, { spanId: '0000000000000002' })],
      WORLD,
    );
    expect(taken).toMatchObject({ calls: 1, known: 1 });
    expect(postings.map(({ settlement }) => settlement.responseId)).toEqual(['chatcmpl-2']);
  });

  it('leaves out what was sent before, also in another batch, and within one', async () => {
    const { reader, poster, postings } = memoryLedger();
    const intake = createSpanIntake(reader, poster);
    const span = spanWith(GENAI);
    await intake.take([span, span], WORLD);
    await intake.take([span, spanWith(other, { spanId: '0000000000000002' })], WORLD);
    expect(postings).toHaveLength(2);
  });

  it('two at once are one after the other', async () => {
    const { reader, poster, postings } = memoryLedger();
    const intake = createSpanIntake(reader, poster);
    const span = spanWith(GENAI);
    await Promise.all([intake.take([span], WORLD), intake.take([span], WORLD), intake.take([span], WORLD)]);
    expect(postings).toHaveLength(1);
  });

  it('a span without a response id is known by itself', async () => {
    const { 'gen_ai.response.id': _, ...without } = GENAI;
    const { reader, poster, postings } = memoryLedger();
    const intake = createSpanIntake(reader, poster);
    const span = spanWith(without);
    await intake.take([span], WORLD);
    await intake.take([span], WORLD);
    expect(postings).toHaveLength(1);
    expect(postings[0]?.settlement.responseId).toBe(`span:${span.traceId}:${span.spanId}`);
  });

  it('takes back a span whose call the gateway recorded after it: in the end there is one', async () => {
    const recorded = new Set<string>();
    const { reader, poster, postings } = memoryLedger(recorded);
    const intake = createSpanIntake(reader, poster);
    await intake.take([spanWith(GENAI)], WORLD);
    recorded.add('chatcmpl-1');
    expect(await intake.take([], WORLD)).toMatchObject({ takenBack: 1 });
    expect(await intake.take([], WORLD)).toMatchObject({ takenBack: 0 });
    const cost = postings.reduce(
      (sum, { settlement }) =>
        sum + (settlement.charges[0]?.cost.kind === 'priced' ? settlement.charges[0].cost.total : 0n),
      0n,
    );
    expect(cost).toBe(0n);
    expect(postings[1]).toMatchObject({
      leg: 'adjust',
      cause: 'duplicate-telemetry',
      counts: { calls: -1, attempts: -1, unpriced: 0 },
    });
    expect(postings[1]?.settlement.charges[0]?.usage).toEqual({
      freshIn: -96,
      cacheRead: -1_152,
      textOut: -100,
    });
  });

  it('a ledger that is away fails the request, and the repeat is taken', async () => {
    const { reader, poster, postings } = memoryLedger();
    let away = true;
    const shaky: LedgerPoster = {
      ...poster,
      post: (batch) => (away ? Promise.reject(new Error('away')) : poster.post(batch)),
    };
    const intake = createSpanIntake(reader, shaky);
    await expect(intake.take([spanWith(GENAI)], WORLD)).rejects.toThrow('away');
    away = false;
    await intake.take([spanWith(GENAI)], WORLD);
    expect(postings).toHaveLength(1);
  });
});

describe('export', () => {
  const exporting = { service: 'setpoint', version: '0.1.0' };
  const line: LedgerLine = {
    ...LINE,
    call: '0195c3f2-7d0a-7c11-8d4e-2f6a1b0c9d3e',
    request: '0195c3f2-7d0a-7c11-8d4e-2f6a1b0c9d3e',
    source: 'gateway',
  };

  it('what is told by these conventions is read by them: the same call, usage and names', () => {
    const body = Buffer.from(JSON.stringify(traceRequest([line], exporting)));
    const { spans, malformed } = readTraceRequest(body, 'json');
    expect(malformed).toBe(0);
    const [verdict] = findCalls(spans, new Set());
    expect(verdict).toMatchObject({ kind: 'call', responseId: line.responseId });
    const settlement = settlementOf(spans[0] as Span, line.responseId, WORLD);
    expect(settlement.intent).toMatchObject({
      provider: line.provider,
      model: line.modelRequested,
      attribution: { workflow: line.workflow, team: line.team, customer: line.customer },
    });
    expect(settlement.charges[0]?.usage).toEqual({ freshIn: 2_200, cacheRead: 4_600, textOut: 210 });
    expect(spans[0]?.traceId).toBe('0195c3f27d0a7c118d4e2f6a1b0c9d3e');
  });

  it('says of a simulated call that it is one, and no cost of it', () => {
    const simulated = { ...line, simulated: true };
    const text = JSON.stringify(traceRequest([simulated], exporting));
    expect(text).toContain('"setpoint.simulated","value":{"boolValue":true}');
    expect(text).not.toContain('cost');
    const metrics = JSON.stringify(metricRequest([simulated], { fromMs: 0, toMs: 1 }, exporting));
    expect(metrics).not.toContain('"asDouble"');
  });

  it('tells on what passed the gateway, and nothing else', () => {
    expect(isExported(line)).toBe(true);
    for (const other of [
      { source: 'telemetry' },
      { source: 'demo' },
      { leg: 'adjust' },
      { endpoint: 'models' },
    ])
      expect(isExported({ ...line, ...other })).toBe(false);
  });

  it('metrics never carry who a customer is, and their label sets are bounded', () => {
    const lines = Array.from({ length: 2_000 }, (_, at) => ({
      ...line,
      workflow: `w${at}`,
      customer: 'SECRET-CUSTOMER',
      session: 'SECRET-SESSION',
    }));
    const text = JSON.stringify(metricRequest(lines, { fromMs: 0, toMs: 1 }, exporting));
    expect(text).not.toContain('SECRET');
    const metric = JSON.parse(text) as {
      resourceMetrics: [
        { scopeMetrics: [{ metrics: { name: string; sum?: { dataPoints: { asDouble: number }[] } }[] }] },
      ];
    };
    const input = metric.resourceMetrics[0].scopeMetrics[0].metrics.find(({ name }) =>
      name.endsWith('usage.input_tokens'),
    );
    expect(input?.sum?.dataPoints).toHaveLength(501);
    expect(input?.sum?.dataPoints.reduce((sum, { asDouble }) => sum + asDouble, 0)).toBe(
      2_000 * line.inputTokens,
    );
  });

  it('the place moves on only when the collector has answered', async () => {
    const kept: string[] = [];
    const sent: string[] = [];
    let down = true;
    const exporter = createExporter({
      reader: {
        ...fakeLedger(),
        tail: async (position) => ({ lines: position === 'a' ? [line] : [], position: 'b' }),
      },
      exporting,
      signals: ['traces', 'metrics'],
      send: async (path) => {
        if (down) throw new Error('the collector answered 503');
        sent.push(path);
      },
      readPosition: () => kept.at(-1) ?? 'a',
      keepPosition: (position) => void kept.push(position),
      nowMs: () => 1,
    });
    expect(await exporter.step()).toEqual({ lines: 0, trouble: 'the collector answered 503' });
    expect(kept).toEqual([]);
    down = false;
    expect(await exporter.step()).toEqual({ lines: 1, trouble: '' });
    expect(sent).toEqual(['/v1/traces', '/v1/metrics']);
    expect(kept).toEqual(['b']);
  });
});

describe('reading OTLP', () => {
  it('refuses what is no request', () => {
    for (const text of ['', '[]', 'null', '{'])
      expect(() => readTraceRequest(Buffer.from(text), 'json')).toThrow(RangeError);
    expect(() => readTraceRequest(Buffer.from([0xff, 0xff, 0xff]), 'protobuf')).toThrow(RangeError);
  });

  it('survives any bytes', () => {
    for (let round = 0; round < 300; round += 1) {
      try {
        readTraceRequest(randomBytes(round), 'protobuf');
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
  });

  it('counts spans without ids or times, and refuses too many', () => {
    const request = (spans: object[]): Buffer =>
      Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
    expect(
      readTraceRequest(
        request([{ name: 'x' }, { traceId: '0'.repeat(32), spanId: '1'.repeat(16), startTimeUnixNano: '1' }]),
        'json',
      ),
    ).toEqual({ spans: [], malformed: 2 });
    expect(() =>
      readTraceRequest(request([{}, {}, {}]), 'json', { spans: 2, attributes: 1, valueLength: 1 }),
    ).toThrow('2 spans');
  });
});
