import { describe, expect, it } from 'vitest';

import { formField, replaceField } from './upload.ts';

const TYPE = 'multipart/form-data; boundary=----x';

function part(headers: string, body: string): string {
  return `------x\r\n${headers}\r\n\r\n${body}\r\n`;
}
const MODEL = part('Content-Disposition: form-data; name="model"', 'whisper-1');
const FILE = part(
  'Content-Disposition: form-data; name="file"; filename="model"\r\nContent-Type: audio/wav',
  'RIFF\r\n\r\nname="model"\r\n\r\nnot-this',
);
const END = '------x--\r\n';

describe('a field of a form', () => {
  it.each([
    ['alone', MODEL + END, 'whisper-1'],
    ['after a file', FILE + MODEL + END, 'whisper-1'],
    ['before a file that has not all come', MODEL + FILE.slice(0, 60), 'whisper-1'],
    ['that has not all come', MODEL.slice(0, -4), ''],
    ['that is a file', part('Content-Disposition: form-data; name="model"; filename="a"', 'x') + END, ''],
    ['that is not there', FILE + END, ''],
    [
      'longer than any name',
      part('Content-Disposition: form-data; name="model"', 'm'.repeat(2_000)) + END,
      '',
    ],
  ])('%s', (_where, form, value) => expect(formField(Buffer.from(form), TYPE, 'model')).toBe(value));

  it.each([undefined, 'application/json', 'multipart/form-data', 'multipart/form-data; boundary='])(
    'is looked for only where the type says how: %s',
    (type) => expect(formField(Buffer.from(MODEL + END), type, 'model')).toBe(''),
  );

  it('is replaced, and nothing else', () => {
    const form = FILE + MODEL + END;
    expect(replaceField(Buffer.from(form), TYPE, 'model', 'a-longer-name').toString()).toBe(
      form.replace('whisper-1', 'a-longer-name'),
    );
    expect(replaceField(Buffer.from(FILE), TYPE, 'model', 'x').toString()).toBe(FILE);
  });

  it('takes a quoted boundary', () =>
    expect(formField(Buffer.from(MODEL + END), 'multipart/form-data; boundary="----x"', 'model')).toBe(
      'whisper-1',
    ));
});
