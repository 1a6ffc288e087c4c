/**
 * Every recording of the rest of OpenAI's family against a table that was read off the files by hand, as in
 * wires.test.ts: responses (also Azure's), embeddings, completions, images, audio.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { openaiEmbeddings } from '../../src/gateway/wires/openai-embeddings/wire.ts';
import { openaiOther } from '../../src/gateway/wires/openai-other/wire.ts';
import { openaiResponses } from '../../src/gateway/wires/openai-responses/wire.ts';
import { anthropicOther } from '../../src/gateway/wires/anthropic-other/wire.ts';
import type { JsonObject, JsonValue } from '../../src/gateway/wires/wire.ts';
import {
  call,
  cutAt,
  equalReadings,
  frame,
  hasFixtures,
  listFixtures,
  loadJson,
  loadResponses,
  newMeter,
  readBytes,
  readWhole,
  summary,
  WIRE_FIXTURES,
} from './wires-reading.ts';
import type { Dialect, Part } from './wires-reading.ts';

const ONE_IMAGE = '1 generated image billed apart and not reported';

const RESPONSES: Record<string, Part[][]> = {
  // Item ids change between the events of one stream.
  'github-copilot-id-rotation.1.chunks.txt': [call(19, 61, { reasoningOut: 44 })],
  'openai-apply-patch-tool-delete.1.chunks.txt': [call(24, 0)],
  'openai-apply-patch-tool.1.chunks.txt': [call(642, 67)],
  'openai-apply-patch-tool.1.json': [call(642, 67)],
  'openai-client-tool-search.1.chunks.txt': [call(65, 31)],
  'openai-client-tool-search.1.json': [call(65, 28)],
  'openai-client-tool-search.2.chunks.txt': [call(467, 26)],
  'openai-client-tool-search.2.json': [call(461, 26)],
  // Three calls of the interpreter ran in one container.
  'openai-code-interpreter-tool.1.chunks.txt': [
    call(3103, 215, { cacheRead: 2944, reasoningOut: 1408, codeSession: 1 }),
  ],
  'openai-code-interpreter-tool.1.json': [call(2283, 136, { reasoningOut: 1792, codeSession: 1 })],
  'openai-compaction.1.chunks.txt': [call(1305, 2505, { cacheRead: 49_792 })],
  'openai-compaction.1.json': [call(51_097, 2056)],
  'openai-custom-tool.1.chunks.txt': [call(50, 20)],
  'openai-custom-tool.1.json': [call(50, 20)],
  // An error event, then `response.failed` with `usage: null`.
  'openai-error.1.chunks.txt': [[]],
  'openai-error.1.json': [[]],
  'openai-file-search-tool.1.chunks.txt': [
    call(1433, 109, { cacheRead: 2304, reasoningOut: 512, fileSearch: 1 }),
  ],
  'openai-file-search-tool.1.json': [call(1140, 101, { cacheRead: 2560, reasoningOut: 640, fileSearch: 1 })],
  'openai-file-search-tool.2.chunks.txt': [
    call(1444, 95, { cacheRead: 2304, reasoningOut: 448, fileSearch: 1 }),
  ],
  'openai-file-search-tool.2.json': [call(1374, 88, { cacheRead: 2304, reasoningOut: 448, fileSearch: 1 })],
  'openai-image-generation-tool.1.chunks.txt': [
    call(1021, 225, { cacheRead: 1920, reasoningOut: 1024, flag: ONE_IMAGE }),
  ],
  'openai-image-generation-tool.1.json': [call(3151, 50, { reasoningOut: 1920, flag: ONE_IMAGE })],
  'openai-local-shell-tool.1.chunks.txt': [call(407, 23, { reasoningOut: 128 })],
  'openai-local-shell-tool.1.json': [call(407, 24)],
  'openai-mcp-tool-approval.1.chunks.txt': [call(422, 48)],
  'openai-mcp-tool-approval.1.json': [call(422, 40, { reasoningOut: 64 })],
  'openai-mcp-tool-approval.2.chunks.txt': [call(553, 115, { reasoningOut: 256 })],
  'openai-mcp-tool-approval.2.json': [call(592, 101, { reasoningOut: 320 })],
  'openai-mcp-tool-approval.3.chunks.txt': [call(609, 48)],
  'openai-mcp-tool-approval.3.json': [call(587, 40, { reasoningOut: 64 })],
  'openai-mcp-tool-approval.4.chunks.txt': [call(779, 69)],
  'openai-mcp-tool-approval.4.json': [call(765, 74)],
  'openai-mcp-tool.1.chunks.txt': [call(11_791, 451, { reasoningOut: 512 })],
  'openai-mcp-tool.1.json': [call(6700, 374, { reasoningOut: 704 })],
  'openai-phase.1.chunks.txt': [call(4040, 399, { cacheRead: 3072, reasoningOut: 64 })],
  'openai-phase.1.json': [call(4171, 365, { cacheRead: 3072, reasoningOut: 58 })],
  'openai-reasoning-encrypted-content.1.chunks.txt': [
    call(134, 28),
    call(221, 26),
    call(260, 26),
    call(299, 12),
  ],
  'openai-reasoning-encrypted-content.1.json': [call(865, 35, { reasoningOut: 128 })],
  // This turn only speaks of what ran in the container before.
  'openai-shell-container-multiturn.1.chunks.txt': [call(802, 20)],
  'openai-shell-container-multiturn.1.json': [call(800, 19)],
  'openai-shell-container.1.chunks.txt': [call(200, 120, { codeSession: 1 })],
  'openai-shell-container.1.json': [call(200, 120, { codeSession: 1 })],
  'openai-shell-local-multiturn.1.chunks.txt': [call(444, 12)],
  'openai-shell-local-multiturn.1.json': [call(444, 12)],
  'openai-shell-skills.1.chunks.txt': [
    call(477, 214, { cacheRead: 1024, reasoningOut: 100, codeSession: 1 }),
  ],
  'openai-shell-skills.1.json': [call(475, 231, { cacheRead: 1024, reasoningOut: 100, codeSession: 1 })],
  // A local shell is the caller's own: no container, no fee.
  'openai-shell-tool.1.chunks.txt': [call(145, 41), call(331, 166)],
  'openai-shell-tool.1.json': [call(157, 73)],
  'openai-tool-search.1.chunks.txt': [call(640, 26, { reasoningOut: 20 })],
  'openai-tool-search.1.json': [call(640, 26, { reasoningOut: 20 })],
  // Six calls of the tool: two searched, four opened pages or looked in them.
  'openai-web-search-tool.1.chunks.txt': [
    call(27_361, 704, { cacheRead: 3712, reasoningOut: 3712, webSearch: 2 }),
  ],
  'openai-web-search-tool.1.json': [call(15_969, 637, { cacheRead: 3712, reasoningOut: 3136, webSearch: 1 })],
  // Its first and last event lack a brace: nothing of them can be read.
  'parallel-tool-call-wrapper.1.chunks.txt': [[]],
  'parallel-tool-call-wrapper.1.json': [call(34, 28)],
  'programmatic-tool-calling.1.chunks.txt': [call(631, 50, { reasoningOut: 37 })],
  'programmatic-tool-calling.1.json': [call(631, 84, { reasoningOut: 55 })],
  // A program that ran on: no sampling, and the usage says so.
  'programmatic-tool-calling.2.chunks.txt': [call(0, 0)],
  'programmatic-tool-calling.2.json': [call(0, 0)],
  'programmatic-tool-calling.3.chunks.txt': [call(757, 35)],
  'programmatic-tool-calling.3.json': [call(802, 58)],
  'reasoning-model-temperature-error.json': [[]],
};

const AZURE: Record<string, Part[][]> = {
  'azure-code-interpreter-tool.1.chunks.txt': [
    call(863, 343, { cacheRead: 1280, reasoningOut: 576, codeSession: 1 }),
  ],
  'azure-code-interpreter-tool.1.json': [call(1750, 208, { reasoningOut: 192, codeSession: 1 })],
  'azure-image-generation-tool.1.chunks.txt': [call(1979, 67, { flag: ONE_IMAGE })],
  'azure-image-generation-tool.1.json': [call(1977, 65, { flag: ONE_IMAGE })],
  'azure-reasoning-encrypted-content.1.chunks.txt': [
    call(137, 28),
    call(237, 26),
    call(276, 26),
    call(315, 12),
  ],
  'azure-reasoning-encrypted-content.1.json': [call(564, 37, { reasoningOut: 64 })],
  'azure-text.1.chunks.txt': [call(11, 11)],
  'azure-text.1.json': [call(11, 11)],
  'azure-tool-call.1.chunks.txt': [call(45, 24)],
  'azure-tool-call.1.json': [call(45, 24)],
  'azure-web-search-preview-tool.1.chunks.txt': [call(5093, 369, { webSearch: 1 })],
  'azure-web-search-preview-tool.1.json': [call(10_188, 405, { webSearch: 2 })],
  'openai-file-search-tool.1.chunks.txt': [
    call(1433, 109, { cacheRead: 2304, reasoningOut: 512, fileSearch: 1 }),
  ],
  'openai-file-search-tool.1.json': [call(1140, 101, { cacheRead: 2560, reasoningOut: 640, fileSearch: 1 })],
  'openai-file-search-tool.2.chunks.txt': [
    call(1444, 95, { cacheRead: 2304, reasoningOut: 448, fileSearch: 1 }),
  ],
  'openai-file-search-tool.2.json': [call(1374, 88, { cacheRead: 2304, reasoningOut: 448, fileSearch: 1 })],
};

/** Chat recordings that lie with Azure's: the streamed one is in wires.test.ts. */
const AZURE_CHAT: Record<string, Part[][]> = { 'azure-deepseek-reasoning.1.json': [call(19, 1969)] };
const AZURE_CHAT_STREAMS = ['azure-deepseek-reasoning.1.chunks.txt'];

const EMBEDDINGS: Record<string, Part[][]> = { 'openai-embedding.json': [call(12, 0)] };

/** The rest, each with the endpoint that answered so. */
const OTHER: Record<string, readonly [Dialect, Part[]]> = {
  'gpt-image-response-format-error.json': ['images', []],
  'openai-completion-text.chunks.txt': ['completions', call(14, 16)],
  'openai-completion-text.json': ['completions', call(14, 16)],
  'openai-image-edit.json': ['images', [{ part: 'call', flag: 'billed by image: 1 of 1024x1024 high' }]],
  'openai-image.json': ['images', [{ part: 'call', flag: 'billed by image: 2' }]],
  'openai-skill-create.json': ['other', []],
  'openai-transcription.json': ['audio', [{ part: 'call', flag: 'billed by time: 37 seconds of audio' }]],
};

/** Streams of at most this many bytes are cut in two at every byte, the others at forty places; all come byte by byte too. */
const EVERY_CUT_BYTES = 4_000;
/** Recordings that are broken off or broken on purpose. */
const UNFINISHED = new Set(['parallel-tool-call-wrapper.1.chunks.txt']);

/** Recordings whose deltas were shortened and whose last event was not. */
const SHORTENED = new Set(['openai-shell-container.1.chunks.txt', 'openai-phase.1.chunks.txt']);

function check(dialect: Dialect, folder: string, table: Record<string, Part[][]>): void {
  it.for(Object.entries(table))('%s', ([file, expected]) => {
    if (file.endsWith('.json')) {
      expect([summary(readWhole(dialect, loadJson(folder, file)))]).toEqual(expected);
      return;
    }
    const streams = loadResponses(folder, file).map((payloads) => frame(dialect, payloads));
    const whole = streams.map((bytes) => readBytes(dialect, [bytes]));
    expect(whole.map(summary)).toEqual(expected);
    expect(whole.every((reading) => reading.complete)).toBe(!UNFINISHED.has(file));
    for (const [index, bytes] of streams.entries()) {
      const single = Array.from({ length: bytes.length }, (_, at) => bytes.subarray(at, at + 1));
      expect(equalReadings(readBytes(dialect, single), whole[index]!)).toBe(true);
      const step = bytes.length <= EVERY_CUT_BYTES ? 1 : Math.ceil(bytes.length / 40);
      for (let at = 1; at < bytes.length; at += step)
        if (!equalReadings(readBytes(dialect, cutAt(bytes, at)), whole[index]!))
          throw new Error(`cut at ${at}, response ${index} reads differently`);
    }
  });
}

const present = hasFixtures(WIRE_FIXTURES);

describe.skipIf(!present)('recordings', () => {
  describe('openai-responses', () => check('openai-responses', 'openai-responses', RESPONSES));
  describe('azure', () => check('openai-responses', 'azure', AZURE));
  describe('azure chat', () => check('openai-chat', 'azure', AZURE_CHAT));
  describe('openai-embeddings', () => check('openai-embeddings', 'openai-embeddings', EMBEDDINGS));
  describe('openai-other', () => {
    for (const [file, [dialect, parts]] of Object.entries(OTHER))
      check(dialect, 'openai-other', { [file]: [parts] });
  });

  it('are all in the table', () => {
    expect(Object.keys(RESPONSES).toSorted()).toEqual(listFixtures('openai-responses'));
    expect([...Object.keys(AZURE), ...Object.keys(AZURE_CHAT), ...AZURE_CHAT_STREAMS].toSorted()).toEqual(
      listFixtures('azure'),
    );
    expect(Object.keys(EMBEDDINGS).toSorted()).toEqual(listFixtures('openai-embeddings'));
    expect(Object.keys(OTHER).toSorted()).toEqual(listFixtures('openai-other'));
  });

  it.each(listFixturesIfThere('openai-responses').filter((file) => file.endsWith('.chunks.txt')))(
    'the last event of %s says as a body what its stream says',
    (file) => {
      for (const payloads of loadResponses('openai-responses', file)) {
        const last = parse(payloads.at(-1)!);
        if (last === undefined) continue; // broken on purpose
        const whole = readWhole('openai-responses', (last as { response: JsonValue }).response);
        const streamed = readBytes('openai-responses', [frame('openai-responses', payloads)]);
        for (const field of ['parts', 'modelReturned', 'responseId', 'finishReason', 'failed'] as const)
          expect(streamed[field]).toEqual(whole[field]);
        if (!SHORTENED.has(file)) expect(streamed.output.text).toBe(whole.output.text);
      }
    },
  );
});

function listFixturesIfThere(folder: string): string[] {
  return present ? listFixtures(folder) : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A response of our own, for ends that no recording has. */
function response(more: JsonObject): JsonObject {
  return { id: 'resp_1', object: 'response', model: 'gpt-5-mini', status: 'completed', output: [], ...more };
}
const USAGE = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 60, cache_write_tokens: 10 },
  output_tokens: 50,
  output_tokens_details: { reasoning_tokens: 20 },
  total_tokens: 150,
};
const TOKENS = { freshIn: 30, cacheRead: 60, cacheWriteUnknown: 10, textOut: 30, reasoningOut: 20 };

describe('responses', () => {
  it.each(['completed', 'incomplete', 'failed'])('report usage on response.%s', (status) => {
    const meter = newMeter('openai-responses');
    meter.event(
      JSON.stringify({
        type: 'response.created',
        response: response({ status: 'in_progress', usage: null }),
      }),
    );
    meter.event(JSON.stringify({ type: `response.${status}`, response: response({ status, usage: USAGE }) }));
    expect(meter.ended).toBe(true);
    expect(summary(meter.reading())).toEqual([{ part: 'call', ...TOKENS }]);
  });

  it.each(['completed', 'incomplete', 'failed'])('survive a null usage on response.%s', (status) => {
    const meter = newMeter('openai-responses');
    meter.event(JSON.stringify({ type: `response.${status}`, response: response({ status, usage: null }) }));
    expect(meter.reading()).toMatchObject({ parts: [], complete: true, failed: status === 'failed' });
  });

  it('say why they are incomplete', () =>
    expect(
      readWhole(
        'openai-responses',
        response({
          status: 'incomplete',
          incomplete_details: { reason: 'max_output_tokens' },
          usage: USAGE,
        }),
      ).finishReason,
    ).toBe('max_output_tokens'));

  it('keep the fees of a stream that was cut', () => {
    const meter = newMeter('openai-responses');
    meter.event(JSON.stringify({ type: 'response.created', response: response({ status: 'in_progress' }) }));
    const item = { id: 'ws_1', type: 'web_search_call', status: 'completed', action: { type: 'search' } };
    meter.event(JSON.stringify({ type: 'response.output_item.done', item }));
    meter.event(JSON.stringify({ type: 'response.output_text.delta', delta: 'Hello' }));
    expect(meter.reading()).toMatchObject({ complete: false, finishReason: '', output: { text: 'Hello' } });
    expect(summary(meter.reading())).toEqual([{ part: 'call', webSearch: 1 }]);
  });

  it('in the background are pending until they end', () => {
    const queued = readWhole(
      'openai-responses',
      response({ status: 'queued', background: true, usage: null }),
    );
    expect(queued).toMatchObject({ pending: true, parts: [], responseId: 'resp_1' });
    const done = readWhole('openai-responses', response({ background: true, usage: USAGE }));
    expect(done.pending).toBeUndefined();
  });

  it('that do not add up are flagged and kept', () =>
    expect(
      summary(readWhole('openai-responses', response({ usage: { ...USAGE, total_tokens: 151 } }))),
    ).toEqual([
      { part: 'call', ...TOKENS, flag: 'total_tokens 151 is not input_tokens 100 and output_tokens 50' },
    ]));

  it('buckets sum to the totals, whatever the details', () => {
    const count = fc.nat(10_000);
    fc.assert(
      fc.property(count, count, count, count, count, (fresh, cached, written, text, reasoning) => {
        const usage = {
          input_tokens: fresh + cached + written,
          input_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
          output_tokens: text + reasoning,
          output_tokens_details: { reasoning_tokens: reasoning },
        };
        const [part] = readWhole('openai-responses', response({ usage })).parts;
        const bucket = part?.usage ?? {};
        expect((bucket.freshIn ?? 0) + (bucket.cacheRead ?? 0) + (bucket.cacheWriteUnknown ?? 0)).toBe(
          usage.input_tokens,
        );
        expect((bucket.textOut ?? 0) + (bucket.reasoningOut ?? 0)).toBe(usage.output_tokens);
        expect(part?.flag).toBe('');
      }),
    );
  });

  it('never throw on junk', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (usage, output) => {
        const meter = newMeter('openai-responses');
        const junk = { ...response({}), usage, output } as JsonValue;
        meter.event(JSON.stringify({ type: 'response.completed', response: junk }));
        meter.body(junk);
        const [part] = meter.reading().parts;
        for (const units of Object.values(part?.usage ?? {})) expect(Number.isSafeInteger(units)).toBe(true);
      }),
    );
  });
});

describe('images and audio', () => {
  it('an image has image tokens, in and out', () =>
    expect(
      summary(
        readWhole('images', {
          data: [{ b64_json: '' }],
          usage: {
            input_tokens: 50,
            input_tokens_details: { text_tokens: 10, image_tokens: 40 },
            output_tokens: 1056,
            total_tokens: 1106,
          },
        }),
      ),
    ).toEqual([{ part: 'call', freshIn: 10, imageIn: 40, imageOut: 1056 }]));

  it('a transcription by tokens has audio in', () =>
    expect(
      summary(
        readWhole('audio', {
          text: 'Hi.',
          usage: {
            type: 'tokens',
            input_tokens: 14,
            input_token_details: { text_tokens: 4, audio_tokens: 10 },
            output_tokens: 4,
            total_tokens: 18,
          },
        }),
      ),
    ).toEqual([{ part: 'call', freshIn: 4, audioIn: 10, textOut: 4 }]));

  it('a streamed transcription reports in its last event', () => {
    const meter = newMeter('audio');
    meter.event('{"type":"transcript.text.delta","delta":"Hi"}');
    meter.event(
      '{"type":"transcript.text.done","text":"Hi","usage":{"type":"tokens","input_tokens":14,"output_tokens":4,"total_tokens":18}}',
    );
    expect(summary(meter.reading())).toEqual([{ part: 'call', freshIn: 14, textOut: 4 }]);
  });

  it('what is billed by time or by image is unpriced', () => {
    expect(readWhole('audio', { usage: { type: 'duration', seconds: 3 } }).parts[0]).toMatchObject({
      unpriced: true,
    });
    expect(readWhole('images', { data: [{}] }).parts[0]).toMatchObject({ unpriced: true });
  });
});

describe('paths', () => {
  const JSON_BODY = { 'content-type': 'application/json' };
  const FORM = { 'content-type': 'multipart/form-data; boundary=x' };
  const VERSION = { 'anthropic-version': '2023-06-01' };
  it.each([
    [openaiResponses, 'POST', '/v1/responses', JSON_BODY, 'inference json create'],
    [openaiResponses, 'POST', '/v1/responses/compact', JSON_BODY, 'inference json compact'],
    [openaiResponses, 'POST', '/v1/responses/input_tokens', JSON_BODY, 'count-tokens json input_tokens'],
    [openaiResponses, 'GET', '/v1/responses/resp_1', {}, 'retrieve opaque retrieve'],
    [openaiResponses, 'DELETE', '/v1/responses/resp_1', {}, 'retrieve opaque retrieve'],
    [openaiResponses, 'GET', '/v1/responses/resp_1/input_items', {}, 'retrieve opaque retrieve'],
    [openaiResponses, 'POST', '/v1/responses/resp_1/cancel', JSON_BODY, 'retrieve opaque retrieve'],
    [openaiResponses, 'GET', '/v1/responses', {}, undefined],
    [openaiResponses, 'GET', '/v1/responses/../files', {}, undefined],
    [openaiResponses, 'POST', '/v1/responsesx', JSON_BODY, undefined],
    [openaiEmbeddings, 'POST', '/v1/embeddings', JSON_BODY, 'embeddings json embeddings'],
    [openaiEmbeddings, 'GET', '/v1/embeddings', {}, undefined],
    [openaiOther, 'POST', '/v1/completions', JSON_BODY, 'inference json completions'],
    [openaiOther, 'POST', '/v1/images/generations', JSON_BODY, 'images json other'],
    [openaiOther, 'POST', '/v1/images/edits', FORM, 'images opaque other'],
    [openaiOther, 'POST', '/v1/audio/speech', JSON_BODY, 'audio json other'],
    [openaiOther, 'POST', '/v1/audio/transcriptions', FORM, 'audio opaque other'],
    [openaiOther, 'POST', '/v1/moderations', JSON_BODY, 'moderations json other'],
    [openaiOther, 'POST', '/v1/files', FORM, 'files opaque other'],
    [openaiOther, 'GET', '/v1/files/file-1/content', {}, 'files opaque file-content'],
    [openaiOther, 'POST', '/v1/batches', JSON_BODY, 'batches opaque other'],
    [openaiOther, 'GET', '/v1/models/gpt-4o', {}, 'models opaque other'],
    [openaiOther, 'POST', '/v1/fine_tuning/jobs', JSON_BODY, 'other json other'],
    [openaiOther, 'GET', '/v1/fine_tuning/jobs', {}, 'retrieve opaque other'],
    [openaiOther, 'PUT', '/v1/new', {}, 'retrieve opaque other'],
    [openaiOther, 'POST', '/v1/rerank', JSON_BODY, 'other json other'],
    [openaiOther, 'GET', '/v1/organization/costs', {}, undefined],
    [openaiOther, 'GET', '/v1/realtime', {}, undefined],
    [openaiOther, 'GET', '/v1/files/%2e%2E/organization', {}, undefined],
    [openaiOther, 'GET', '/v2/files', {}, undefined],
    [anthropicOther, 'GET', '/v1/messages/batches/b/results', VERSION, 'batches opaque results'],
    [anthropicOther, 'POST', '/v1/messages/batches', VERSION, 'batches opaque other'],
    [anthropicOther, 'POST', '/v1/files', VERSION, 'files opaque other'],
    [anthropicOther, 'POST', '/v1/complete', VERSION, 'other opaque other'],
    [anthropicOther, 'GET', '/v1/organizations/me', VERSION, undefined],
    [anthropicOther, 'POST', '/v1/files', {}, undefined],
  ] as const)('%o %s %s', (wire, method, path, headers, expected) => {
    const target = wire.target(method, path, headers);
    expect(target && `${target.endpoint} ${target.body} ${target.action}`).toBe(expected);
  });
});
