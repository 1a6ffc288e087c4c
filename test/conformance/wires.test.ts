/**
 * Every recording of the two wires against a table that was read off the files by hand.
 * A row lists what each response of the file is charged for, part by part.
 */
import { describe, expect, it } from 'vitest';

import { anthropicMessages } from '../../src/gateway/wires/anthropic-messages/wire.ts';
import { openaiChat } from '../../src/gateway/wires/openai-chat/wire.ts';
import type { ProviderRule } from '../../src/rulebook/rulebook.ts';
import {
  call,
  cutAt,
  equalReadings,
  frame,
  hasFixtures,
  listFixtures,
  loadJson,
  loadResponses,
  readBytes,
  readWhole,
  summary,
  WIRE_FIXTURES,
} from './wires-reading.ts';
import type { Dialect, Part } from './wires-reading.ts';

const ADVISOR_MODEL = 'claude-opus-4-7';
const FALLBACK = [
  {
    part: 'call',
    model: 'claude-opus-4-8',
    freshIn: 412,
    textOut: 264,
    flag: 'declined attempt of claude-fable-5 not charged: 408 input',
  },
];

const ANTHROPIC: Record<string, Part[][]> = {
  'anthropic-advisor-20250301.1.chunks.txt': [
    [...call(4727, 3391), { part: 'advisor_message', model: ADVISOR_MODEL, freshIn: 2728, textOut: 3880 }],
  ],
  'anthropic-advisor-20260301.1.json': [
    [...call(2414, 3200), { part: 'advisor_message', model: ADVISOR_MODEL, freshIn: 2728, textOut: 874 }],
  ],
  'anthropic-advisor-stop-reasons.chunks.txt': [call(10, 20)],
  'anthropic-advisor-stop-reasons.json': [call(10, 20)],
  'anthropic-claude-opus-5-reasoning-high.1.json': [call(51, 1560, { reasoningOut: 139 })],
  'anthropic-clear-thinking.1.chunks.txt': [call(69, 53)],
  'anthropic-clear-thinking.1.json': [call(69, 33)],
  'anthropic-clear-tool-uses.1.chunks.txt': [call(859, 122)],
  'anthropic-clear-tool-uses.1.json': [call(859, 132)],
  'anthropic-code-execution-20250825.1.chunks.txt': [call(8050, 771)],
  'anthropic-code-execution-20250825.1.json': [call(7881, 608)],
  'anthropic-code-execution-20250825.2.chunks.txt': [call(15_696, 2479)],
  'anthropic-code-execution-20250825.2.json': [call(12_546, 1359)],
  'anthropic-code-execution-20250825.pptx-skill.chunks.txt': [call(320_032, 5558)],
  'anthropic-code-execution-20250825.pptx-skill.json': [call(950_648, 13_856)],
  // The total grew from 3,068 to 3,337 after the split was reported: 269 have an unknown lifetime.
  'anthropic-code-execution-20260120-prompt-cache.1.chunks.txt': [
    call(6, 198, { cacheRead: 6289, cacheWrite5m: 3068, cacheWriteUnknown: 269 }),
  ],
  'anthropic-code-execution-file-upload.1.chunks.txt': [call(11_505, 1103)],
  'anthropic-code-execution-file-upload.1.json': [call(7451, 521)],
  'anthropic-combined-context-editing.1.chunks.txt': [call(50, 485)],
  'anthropic-combined-context-editing.1.json': [call(50, 418)],
  'anthropic-compaction.1.chunks.txt': [
    [...call(612, 2819), { part: 'compaction', freshIn: 60_385, textOut: 522 }],
  ],
  'anthropic-compaction.1.json': [
    [...call(682, 1320), { part: 'compaction', freshIn: 60_385, textOut: 592 }],
  ],
  'anthropic-fallback.chunks.txt': [FALLBACK],
  'anthropic-fallback.json': [FALLBACK],
  'anthropic-json-other-tool.1.chunks.txt': [call(843, 28)],
  'anthropic-json-other-tool.1.json': [call(843, 28)],
  'anthropic-json-output-format.1.chunks.txt': [call(313, 305)],
  'anthropic-json-output-format.1.json': [call(371, 629)],
  'anthropic-json-tool.1.chunks.txt': [call(849, 47)],
  'anthropic-json-tool.1.json': [call(1151, 87)],
  'anthropic-json-tool.2.chunks.txt': [call(849, 47)],
  'anthropic-mcp.1.chunks.txt': [call(1250, 83)],
  'anthropic-mcp.1.json': [call(1250, 88)],
  'anthropic-memory-20250818.1.json': [call(1614, 69)],
  'anthropic-message-delta-input-tokens.chunks.txt': [call(61, 2)],
  // The turns of a tool loop; those between the first and the last ran no model.
  'anthropic-programmatic-tool-calling.1.chunks.txt': [
    call(3369, 725),
    ...Array.from({ length: 13 }, () => call(0, 0)),
    call(4551, 197),
  ],
  'anthropic-programmatic-tool-calling.1.json': [call(4243, 229)],
  'anthropic-refusal-no-details.json': [call(18, 5)],
  'anthropic-refusal.chunks.txt': [call(18, 5)],
  'anthropic-refusal.json': [call(18, 5)],
  'anthropic-skill-create.json': [[]],
  'anthropic-skill-version-create.json': [[]],
  'anthropic-text.chunks.txt': [call(12, 30)],
  'anthropic-text.json': [call(12, 29)],
  'anthropic-tool-no-args.chunks.txt': [call(565, 48)],
  'anthropic-tool-no-args.json': [call(602, 93)],
  'anthropic-tool-search-bm25.1.chunks.txt': [call(1630, 158), call(1040, 41)],
  'anthropic-tool-search-bm25.1.json': [call(1631, 161)],
  'anthropic-tool-search-deferred-bm25.2.json': [call(1398, 213)],
  'anthropic-tool-search-deferred-bm25.chunks.txt': [call(879, 177), call(1398, 213), call(1639, 95)],
  'anthropic-tool-search-deferred-regex.2.json': [call(1520, 203)],
  'anthropic-tool-search-deferred-regex.chunks.txt': [call(904, 175), call(1519, 211), call(1758, 118)],
  'anthropic-tool-search-regex.1.chunks.txt': [call(1681, 163), call(1071, 67)],
  'anthropic-tool-search-regex.1.json': [call(1676, 184)],
  // Fetches are free.
  'anthropic-web-fetch-tool-20260209.1.chunks.txt': [call(7172, 144)],
  'anthropic-web-fetch-tool-20260209.1.json': [call(7204, 162)],
  'anthropic-web-fetch-tool.1.chunks.txt': [call(4230, 446)],
  'anthropic-web-fetch-tool.1.json': [call(4234, 462)],
  'anthropic-web-fetch-tool.2.json': [call(28_638, 365)],
  'anthropic-web-fetch-tool.error.json': [call(1902, 214)],
  // Searches are not.
  'anthropic-web-search-tool.1.chunks.txt': [call(15_665, 795, { webSearch: 1 })],
  'anthropic-web-search-tool.1.json': [call(27_118, 600, { webSearch: 2 })],
  'duplicate-message-start.chunks.txt': [call(17, 227)],
  'spliced-message-start.chunks.txt': [call(17, 65)],
};

const CHAT: Record<string, Part[][]> = {
  'azure-model-router.1.chunks.txt': [call(15, 14, { reasoningOut: 64 })],
  'openai-text.chunks.txt': [call(16, 300)],
  'openai-text.json': [call(16, 363)],
  'reasoning-model-legacy-parameter-error.json': [[]],
};

/** Chat recordings that lie with Azure's Responses recordings. */
const AZURE_CHAT: Record<string, Part[][]> = {
  'azure-deepseek-reasoning.1.chunks.txt': [call(19, 1720)],
};

/** Streams of at most this many bytes are cut at every byte; the others at a few. */
const EVERY_CUT_BYTES = 2_000;

function check(dialect: Dialect, folder: string, table: Record<string, Part[][]>): void {
  it.for(Object.entries(table))('%s', ([file, expected]) => {
    if (file.endsWith('.json')) {
      expect([summary(readWhole(dialect, loadJson(folder, file)))]).toEqual(expected);
      return;
    }
    const streams = loadResponses(folder, file).map((payloads) => frame(dialect, payloads));
    const whole = streams.map((bytes) => readBytes(dialect, [bytes]));
    expect(whole.map(summary)).toEqual(expected);
    expect(whole.every((reading) => reading.complete && !reading.failed)).toBe(true);
    for (const [index, bytes] of streams.entries()) {
      const step = bytes.length <= EVERY_CUT_BYTES ? 1 : Math.ceil(bytes.length / 8);
      for (let at = 1; at < bytes.length; at += step)
        expect(equalReadings(readBytes(dialect, cutAt(bytes, at)), whole[index]!)).toBe(true);
    }
  });
}

const present = hasFixtures(WIRE_FIXTURES);

describe.skipIf(!present)('recordings', () => {
  describe('anthropic', () => check('anthropic', 'anthropic', ANTHROPIC));
  describe('openai-chat', () => check('openai-chat', 'openai-chat', CHAT));
  describe('azure', () => check('openai-chat', 'azure', AZURE_CHAT));

  it('are all in the table', () => {
    expect(Object.keys(ANTHROPIC).toSorted()).toEqual(listFixtures('anthropic'));
    expect(Object.keys(CHAT).toSorted()).toEqual(listFixtures('openai-chat'));
  });

  it.each([
    ['anthropic', 'anthropic-fallback'],
    ['anthropic', 'anthropic-advisor-stop-reasons'],
    ['anthropic', 'anthropic-refusal'],
    ['anthropic', 'anthropic-json-other-tool.1'],
  ] as const)('%s %s says the same whole and streamed', (dialect, name) => {
    const whole = readWhole(dialect, loadJson(dialect, `${name}.json`));
    const streamed = readBytes(dialect, [frame(dialect, loadResponses(dialect, `${name}.chunks.txt`)[0]!)]);
    for (const field of ['parts', 'modelReturned', 'finishReason', 'complete', 'failed'] as const) {
      expect(streamed[field]).toEqual(whole[field]);
    }
  });
});

describe.skipIf(!present)('what else a recording says', () => {
  const stream = (dialect: Dialect, file: string) =>
    readBytes(dialect, [frame(dialect, loadResponses(dialect, file)[0]!)]);

  it('a routed Azure stream names the model behind the router', () =>
    expect(stream('openai-chat', 'azure-model-router.1.chunks.txt')).toMatchObject({
      modelReturned: 'gpt-5-nano-2025-08-07',
      responseId: 'chatcmpl-CYPS1lijGoK8gd9lYzY3r9Sx50nbt',
      finishReason: 'stop',
      output: { text: 'Capital of Denmark.' },
    }));

  it('an OpenAI answer says its tier', () =>
    expect(readWhole('openai-chat', loadJson('openai-chat', 'openai-text.json'))).toMatchObject({
      serviceTier: 'default',
      modelReturned: 'gpt-4.1-nano-2025-04-14',
      geo: '',
    }));

  it('an error body is a failure without usage', () =>
    expect(
      readWhole('openai-chat', loadJson('openai-chat', 'reasoning-model-legacy-parameter-error.json')),
    ).toMatchObject({
      failed: true,
      parts: [],
      complete: true,
    }));

  it('an Anthropic stream says its tier and place of inference', () =>
    expect(stream('anthropic', 'anthropic-compaction.1.chunks.txt')).toMatchObject({
      serviceTier: 'standard',
      geo: 'global',
      finishReason: 'end_turn',
      modelReturned: 'claude-opus-4-6',
    }));

  it('thinking and tool calls are kept apart', () => {
    const { output } = stream('anthropic', 'spliced-message-start.chunks.txt');
    expect(output.reasoning).toBe('I will call the tool.Let me call the tool.');
    expect(output.toolCalls).toContain('test-tool');
    expect(output.text).toBe('');
  });
});

const PROVIDER = {} as ProviderRule;

describe('paths', () => {
  it.each([
    [openaiChat, 'POST', '/v1/chat/completions', {}, 'inference'],
    [openaiChat, 'GET', '/v1/chat/completions', {}, undefined],
    [openaiChat, 'GET', '/v1/models', {}, 'models'],
    [openaiChat, 'GET', '/v1/models', { 'anthropic-version': '2023-06-01' }, undefined],
    [openaiChat, 'POST', '/v1/messages', {}, undefined],
    [anthropicMessages, 'POST', '/v1/messages', {}, 'inference'],
    [anthropicMessages, 'POST', '/v1/messages/count_tokens', {}, 'count-tokens'],
    [anthropicMessages, 'POST', '/v1/messages/batches', {}, undefined],
    [anthropicMessages, 'GET', '/v1/models', { 'anthropic-version': '2023-06-01' }, 'models'],
    [anthropicMessages, 'GET', '/v1/models', {}, undefined],
  ] as const)('%o %s %s', (wire, method, path, headers, endpoint) =>
    expect(wire.target(method, path, headers)?.endpoint).toBe(endpoint),
  );

  it('credentials go where each provider looks', () => {
    expect(openaiChat.authorization('s', PROVIDER)).toEqual({ authorization: 'Bearer s' });
    expect(anthropicMessages.authorization('s', PROVIDER)).toEqual({ 'x-api-key': 's' });
  });
});
