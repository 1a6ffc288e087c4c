import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { replaceModel } from './edit.ts';
import { askForUsage } from './openai-chat/request.ts';
import type { JsonObject } from './wire.ts';

const model = (text: string, name = 'new') => replaceModel(Buffer.from(text), name).toString();
const ask = (text: string) => askForUsage(Buffer.from(text), JSON.parse(text) as JsonObject).toString();

describe('replacing the model', () => {
  it.each([
    ['{"model":"old"}', '{"model":"new"}'],
    [
      ' {\n "a" : {"model":"in"} ,"model"\t:  "old"\r\n, "z":[1,{"model":2}] } ',
      ' {\n "a" : {"model":"in"} ,"model"\t:  "new"\r\n, "z":[1,{"model":2}] } ',
    ],
    ['{"model":"one","model":"two"}', '{"model":"one","model":"new"}'],
    ['{"mod\\u0065l":"old"}', '{"mod\\u0065l":"new"}'],
    [
      '{"a":"\\"model\\":\\"x\\"","b":"\\\\","model":"o\\"ld"}',
      '{"a":"\\"model\\":\\"x\\"","b":"\\\\","model":"new"}',
    ],
    ['{"a":-1.5e+3,"b":true,"c":null,"model":"old"}', '{"a":-1.5e+3,"b":true,"c":null,"model":"new"}'],
    ['{"a":1}', '{"a":1}'],
    ['\uFEFF{"model":"old"}', '\uFEFF{"model":"new"}'],
  ])('%s', (before, after) => expect(model(before)).toBe(after));

  it('quotes what must be quoted', () =>
    expect(JSON.parse(model('{"model":"x"}', 'a"b\\c\n'))).toEqual({ model: 'a"b\\c\n' }));
});

describe('asking a stream for usage', () => {
  const asked = '"stream_options":{"include_usage":true}';
  it.each([
    ['{"stream":true}', `{"stream":true,${asked}}`],
    ['{"stream":true\n}\n', `{"stream":true\n,${asked}}\n`],
    ['{"stream":true,"stream_options":{}}', `{"stream":true,${asked}}`],
    [
      '{"stream":true,"stream_options":{ "x" : [1, {}] }}',
      '{"stream":true,"stream_options":{ "x" : [1, {}] ,"include_usage":true}}',
    ],
    [
      '{"stream_options":{"include_usage": false , "x":1},"stream":true}',
      '{"stream_options":{"include_usage": true , "x":1},"stream":true}',
    ],
    ['{"stream":true,"stream_options":{"include_usage":null}}', `{"stream":true,${asked}}`],
    [
      '{"stream":true,"stream_options":{"a":1},"stream_options":{}}',
      `{"stream":true,"stream_options":{"a":1},${asked}}`,
    ],
  ])('edits %s', (before, after) => expect(ask(before)).toBe(after));

  it.each([
    '{}',
    '{"stream":false}',
    '{"stream":false,"stream_options":{}}',
    '{"stream":null}',
    `{"stream":true,${asked}}`,
    '{"stream":true,"stream_options":null}',
    '{"stream":true,"stream_options":"yes"}',
    '{"stream":true,"stream_options":{"include_usage":"yes"}}',
  ])('leaves %s alone', (text) => expect(ask(text)).toBe(text));
});

describe('for any request', () => {
  const requests = fc.record(
    {
      stream: fc.constant(true),
      model: fc.string({ unit: 'binary' }),
      messages: fc.jsonValue(),
      'ключ"\\': fc.jsonValue(),
      stream_options: fc.oneof(
        fc.constant({}),
        fc.record(
          { include_usage: fc.constantFrom(false, null), more: fc.jsonValue() },
          { requiredKeys: [] },
        ),
      ),
    },
    { requiredKeys: ['stream'] },
  );
  /** The same request, written as clients do: dense, or with spaces. */
  const texts = fc
    .tuple(requests, fc.constantFrom(undefined, 2, '\t'))
    .map(([request, space]) => JSON.stringify(request, undefined, space));

  it('asking adds that one field and nothing else', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const before = JSON.parse(text) as { stream_options?: object };
        const bytes = Buffer.from(text);
        const after = askForUsage(bytes, before as JsonObject);
        expect(JSON.parse(after.toString())).toEqual({
          ...before,
          stream_options: { ...before.stream_options, include_usage: true },
        });
        expect(isOneEdit(bytes, after)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('replacing the model changes the model and nothing else', () => {
    fc.assert(
      fc.property(texts, fc.string({ unit: 'binary' }), (text, name) => {
        const before = JSON.parse(text) as JsonObject;
        const bytes = Buffer.from(text);
        const after = replaceModel(bytes, name);
        expect(JSON.parse(after.toString())).toEqual(
          'model' in before ? { ...before, model: JSON.parse(JSON.stringify(name)) } : before,
        );
        const at = bytes.indexOf(JSON.stringify(before['model'] ?? ''));
        if ('model' in before) expect(after.subarray(0, at).equals(bytes.subarray(0, at))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

/** Whether what is before and what is after one place are as they were; a replaced value is at most `false` or `null`. */
function isOneEdit(before: Buffer, after: Buffer): boolean {
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  let tail = 0;
  while (tail < before.length - same && before[before.length - 1 - tail] === after[after.length - 1 - tail])
    tail += 1;
  const replaced = before.toString('utf8', same, before.length - tail);
  return replaced === '' || 'false'.includes(replaced) || 'null'.includes(replaced);
}
