import type { IncomingMessage } from 'node:http';

import { describe, expect, it } from 'vitest';

import { framingProblem } from './framing.ts';

/** A request as Node hands it on: all headers as they came, and of those that are there twice the first. */
function problemOf(lines: readonly string[], more: { method?: string; httpVersion?: string } = {}): string {
  const rawHeaders: string[] = [];
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [name = '', value = ''] = line.split(/: ?(.*)/s);
    rawHeaders.push(name, value);
    headers[name.toLowerCase()] ??= value;
  }
  return framingProblem({
    rawHeaders,
    headers,
    httpVersion: '1.1',
    method: 'POST',
    ...more,
  } as unknown as IncomingMessage);
}

describe('what is beyond doubt', () => {
  it.each([
    [['Host: localhost:4000', 'Content-Length: 5', 'Accept: a', 'Accept: b']],
    [['Host: api.corp', 'Transfer-Encoding: Chunked']],
    [['host: [::1]:4000']],
    [['Host: my_gateway']],
    [['Host: 10.0.0.1:']],
  ])('%j', (lines) => expect(problemOf(lines)).toBe(''));

  it('is a GET without a body, and HTTP/1.0 without a host', () => {
    expect(problemOf(['Host: a', 'Content-Length: 0'], { method: 'GET' })).toBe('');
    expect(problemOf([], { httpVersion: '1.0', method: 'GET' })).toBe('');
  });
});

describe('what is not', () => {
  it.each([
    [['Host: a', 'HOST: b'], 'host more than once'],
    [['Host: a', 'Content-Length: 1', 'content-length: 1'], 'content-length more than once'],
    [['Host: a', 'Authorization: x', 'Accept: y', 'AUTHORIZATION: z'], 'authorization more than once'],
    [['Host: a', 'Transfer-Encoding: gzip, chunked'], 'Transfer-Encoding'],
    [['Host: a', 'Transfer-Encoding: identity'], 'Transfer-Encoding'],
    [['Host: a', 'Transfer-Encoding: '], 'Transfer-Encoding'],
    [['Accept: x'], 'names no host'],
    [['Host: '], 'names no host'],
    [['Host: a@b'], 'names no host'],
    [['Host: a/b'], 'names no host'],
    [['Host: a b'], 'names no host'],
    [['Host: a:b'], 'names no host'],
    [['Host: [::1'], 'names no host'],
  ])('%j', (lines, says) => expect(problemOf(lines)).toContain(says));

  it('is a body of GET or HEAD, a coding in HTTP/1.0, a version that is none', () => {
    for (const method of ['GET', 'HEAD']) {
      expect(problemOf(['Host: a', 'Content-Length: 5'], { method })).toContain('with a body');
      expect(problemOf(['Host: a', 'Transfer-Encoding: chunked'], { method })).toContain('with a body');
    }
    expect(problemOf(['Host: a', 'Transfer-Encoding: chunked'], { httpVersion: '1.0' })).toContain(
      'HTTP/1.1',
    );
    expect(problemOf(['Host: a'], { httpVersion: '2.0' })).toContain('version');
  });
});
