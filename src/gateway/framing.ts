/**
 * Where a request ends and whom it is for, said so that no server on its way can read it otherwise. Node's parser is strict
 * and refuses most of what is ambiguous; here is what it lets pass. Looks at header names and the few values that decide.
 */
import type { IncomingMessage } from 'node:http';

import type { Refusal } from './wires/wire.ts';

/**
 * Headers that a request has once, with a bit each. Node keeps the first and drops the others; a proxy before it may do the
 * opposite.
 */
const ONCE: ReadonlyMap<string, number> = new Map([
  ['host', 1],
  ['content-length', 2],
  ['transfer-encoding', 4],
  ['content-type', 8],
  ['authorization', 16],
]);
const SHORTEST = 'host'.length;
const LONGEST = 'transfer-encoding'.length;

/** A name or an address, and a port: what RFC 9110 §7.2 lets a Host say, without the rarities of RFC 3986. */
const HOST = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?$/;

/** @returns why a request is not taken, or undefined when its framing is beyond doubt. */
export function framingRefusal(request: IncomingMessage): Refusal | undefined {
  const problem = framingProblem(request);
  if (problem === '') return undefined;
  return {
    code: 'setpoint_bad_request',
    status: 400,
    message: `This request ${problem}, so servers may disagree about where it ends or whom it is for. Nothing was sent or charged; send it plainly.`,
  };
}

/** What a client expects beside `100-continue` is nothing that this gateway knows. */
export const UNKNOWN_EXPECTATION: Refusal = {
  code: 'setpoint_bad_request',
  status: 417,
  message: 'This request expects what no server here does. Nothing was sent or charged; leave out Expect.',
};

/** @returns what is wrong with how a request is framed, as half a sentence; empty when nothing is. */
export function framingProblem({ rawHeaders, httpVersion, headers, method }: IncomingMessage): string {
  const twice = saidTwice(rawHeaders);
  if (twice !== '') return `says ${twice} more than once`;
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || httpVersion !== '1.1'))
    return 'has a Transfer-Encoding other than "chunked" in HTTP/1.1';
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return 'is in no version of HTTP that is spoken here';
  const { host } = headers;
  if (host === undefined ? httpVersion === '1.1' : !HOST.test(host)) return 'has a Host that names no host';
  // A provider that ignores such a body would take it for the next request on a connection that others use too.
  if (
    (method === 'GET' || method === 'HEAD') &&
    (coding !== undefined || Number(headers['content-length'] ?? 0) > 0)
  )
    return `is a ${method} with a body`;
  return '';
}

function saidTwice(rawHeaders: readonly string[]): string {
  let seen = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const raw = rawHeaders[at]!;
    if (raw.length < SHORTEST || raw.length > LONGEST) continue;
    const name = raw.toLowerCase();
    const bit = ONCE.get(name);
    if (bit === undefined) continue;
    if ((seen & bit) !== 0) return name;
    seen |= bit;
  }
  return '';
}
