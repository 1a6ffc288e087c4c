/**
 * Where requests end: the corpus of ambiguous ones on raw sockets, against the gateway as it runs. The provider must see what was
 * sent by right and nothing else, and nobody must get another's answer. The control is the same corpus against a server that
 * reads leniently: the checker finds the smuggled requests there.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startGatewayAlone } from '../e2e/gateway-alone.ts';
import type { GatewayAlone } from '../e2e/gateway-alone.ts';
import { requestFor, SMUGGLING_CASES } from './security-smuggling-cases.ts';
import type { SmugglingCase } from './security-smuggling-cases.ts';

/** Connections end by themselves; one that does not is cut and counted as led astray. */
const HANGS_AFTER_MS = 20_000;
/** After so long without an answer to what may be waited for, the client says that no more comes. */
const QUIET_MS = 150;

interface Answered {
  readonly status: number;
  readonly body: string;
}

interface Outcome {
  /** How many answers came, in order. */
  readonly answers: readonly Answered[];
  /** The models that the provider was asked for. */
  readonly asked: readonly string[];
  readonly hung: boolean;
}

const asked: string[] = [];
/** The provider answers with the model that it was asked for, so that an answer shows whose it is. */
function answerAs(body: Buffer): string {
  let model = 'unreadable';
  try {
    model = (JSON.parse(body.toString()) as { model: string }).model;
  } catch {
    // said as it is
  }
  asked.push(model);
  return JSON.stringify({ id: 'x', model, choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } });
}

/** Sends a case and an honest request behind it on one connection, then says that no more comes. */
function play(port: number, { bytes, end }: SmugglingCase, hangsAfterMs: number): Promise<Outcome> {
  const before = asked.length;
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const got: Buffer[] = [];
    let hung = false;
    const timer = setTimeout(() => {
      hung = true;
      socket.destroy();
    }, hangsAfterMs);
    const quiet = setTimeout(() => end === 'refused' && socket.end(), QUIET_MS);
    socket.on('data', (chunk) => void got.push(chunk));
    socket.on('error', () => undefined); // closed while we were still sending: an outcome like others
    socket.on('close', () => {
      clearTimeout(timer);
      clearTimeout(quiet);
      resolve({ answers: readAnswers(Buffer.concat(got)), asked: asked.slice(before), hung });
    });
    socket.write(Buffer.concat([bytes, Buffer.from(requestFor('follow', 'Connection: close'))]));
  });
}

/** Cuts a connection's bytes into answers; informational ones are left out. */
function readAnswers(bytes: Buffer): Answered[] {
  const answers: Answered[] = [];
  let rest = bytes;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) return answers;
    const head = rest.toString('latin1', 0, end);
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
    const chunked = /\r\ntransfer-encoding: chunked/i.test(head);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const from = end + 4;
    const bodyEnd = chunked
      ? rest.indexOf('\r\n0\r\n\r\n', from - 2) + 7
      : from + (status < 200 ? 0 : length);
    if (status >= 200) answers.push({ status, body: rest.toString('utf8', from, bodyEnd) });
    rest = rest.subarray(bodyEnd);
  }
}

/** What is wrong with the outcome of a case; empty when nothing is. */
function faultsOf({ end }: SmugglingCase, { answers, asked: models, hung }: Outcome): string[] {
  const faults: string[] = [];
  if (hung) faults.push('the connection hung');
  if (models.includes('smuggled')) faults.push('the provider saw the smuggled request');
  if (models.includes('unreadable')) faults.push('the provider saw what nobody sent');
  if (answers.some(({ body }) => body.includes('"smuggled"')))
    faults.push('the smuggled request was answered');
  if (end === 'refused') {
    if (answers.length > 1) faults.push(`${answers.length} answers after a refusal`);
    if (answers.some(({ status }) => status < 400 || status > 499))
      faults.push(`answered ${answers[0]?.status}`);
    if (models.length > 0) faults.push(`the provider was asked for ${models.join()}`);
    return faults;
  }
  if (end === 'alone') {
    if (answers.length !== 1 || answers[0]?.status !== 200)
      faults.push(`${answers.length} answers to one request`);
    if (models.join() !== 'first') faults.push(`the provider was asked for ${models.join()}`);
    return faults;
  }
  if (answers.length !== 2) faults.push(`${answers.length} answers to two requests`);
  if (answers[1]?.status !== 200 || !answers[1].body.includes('"follow"'))
    faults.push(`the request behind it got ${answers[1]?.status}`);
  if (answers[0]?.body.includes('"follow"')) faults.push('the first request got the answer of the second');
  if (models.at(-1) !== 'follow' || models.filter((model) => model === 'follow').length !== 1)
    faults.push(`the provider was asked for ${models.join()}`);
  return faults;
}

async function faultsAt(port: number, hangsAfterMs = HANGS_AFTER_MS): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const one of SMUGGLING_CASES) {
    const faults = faultsOf(one, await play(port, one, hangsAfterMs));
    if (faults.length > 0) found[one.name] = faults;
  }
  return found;
}

let gateway: GatewayAlone;
beforeAll(async () => {
  gateway = await startGatewayAlone({
    provider: ({ body }, response) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(answerAs(body)),
    providers: [{ models: ['*'] }],
  });
});
afterAll(() => gateway.stop());

describe(`the corpus of ${SMUGGLING_CASES.length} requests`, () => {
  it('has at least 150, each of its own', () => {
    expect(new Set(SMUGGLING_CASES.map(({ name }) => name)).size).toBe(SMUGGLING_CASES.length);
    expect(SMUGGLING_CASES.length).toBeGreaterThanOrEqual(150);
  });

  it('smuggles nothing through the gateway, and every line is of a request that was sent', async () => {
    const before = gateway.settlements.length;
    const askedBefore = asked.length;
    expect(await faultsAt(gateway.port)).toEqual({});
    expect(gateway.faults).toEqual([]);
    expect(await (await fetch(`${gateway.url}/metrics`)).text()).toContain('setpoint_calls_in_flight 1\n'); // this one
    expect(gateway.settlements.length - before).toBe(asked.length - askedBefore);
    expect(gateway.settlements.every(({ intent }) => ['first', 'follow'].includes(intent.model))).toBe(true);
  });

  it('also when every byte comes alone', async () => {
    for (const one of SMUGGLING_CASES.filter((_case, index) => index % 10 === 0)) {
      const whole = await playSlowly(gateway.port, one);
      expect([one.name, faultsOf(one, whole)]).toEqual([one.name, []]);
    }
  });

  it('smuggles through a server that reads leniently (control)', async () => {
    const server = createServer({ insecureHTTPParser: true, requireHostHeader: false }, passOn);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const faults = await faultsAt((server.address() as AddressInfo).port, 500);
    server.closeAllConnections();
    server.close();
    const smuggled = Object.values(faults).filter((list) =>
      list.includes('the provider saw the smuggled request'),
    );
    expect(smuggled.length).toBeGreaterThanOrEqual(20);
  });
});

/** A gateway that trusts its parser: whatever it takes for a request is passed on. */
function passOn(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => void chunks.push(chunk));
  request.on('end', () => void response.end(answerAs(Buffer.concat(chunks))));
}

/** The same, byte by byte, as far as the other side listens. */
function playSlowly(port: number, { bytes, end }: SmugglingCase): Promise<Outcome> {
  const before = asked.length;
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const got: Buffer[] = [];
    const all = Buffer.concat([bytes, Buffer.from(requestFor('follow', 'Connection: close'))]);
    let at = 0;
    const next = (): void => {
      if (socket.destroyed || !socket.writable) return;
      if (at === all.length) {
        if (end === 'refused') setTimeout(() => socket.end(), QUIET_MS);
        return;
      }
      socket.write(all.subarray(at, (at += 1)), () => setImmediate(next));
    };
    socket.on('connect', next);
    socket.on('data', (chunk) => void got.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () =>
      resolve({ answers: readAnswers(Buffer.concat(got)), asked: asked.slice(before), hung: false }),
    );
  });
}
