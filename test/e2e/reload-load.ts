/**
 * Calls without pause, over connections that are kept and over fresh ones, with streams that stay open: what every reload must
 * carry through. Each answer is checked byte for byte against what the provider said.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Agent, request } from 'undici';

export interface LoadResult {
  /** Calls that were answered whole and right. */
  right: number;
  streams: number;
  /** What went wrong, in words; empty when nothing did. */
  readonly failed: string[];
}

export interface Load {
  readonly result: LoadResult;
  /** Resolves when every call that was begun has ended; asked again, when it ended. */
  stop(): Promise<LoadResult>;
}

export interface Provider {
  readonly baseUrl: string;
  readonly requests: () => number;
  stop(): void;
}

const STREAM_WORDS = 30;
const HEARD = { headersTimeout: 15_000, bodyTimeout: 15_000 };

/** Answers with words that only follow from the question; streams take about three seconds. */
export async function startProvider(): Promise<Provider> {
  let requests = 0;
  const server: Server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => void chunks.push(chunk));
    incoming.on('end', () => {
      if (incoming.method !== 'POST') return response.writeHead(404).end(); // the doctor knocks
      requests += 1;
      const { messages, stream } = JSON.parse(Buffer.concat(chunks).toString()) as {
        messages: Array<{ content: string }>;
        stream?: boolean;
      };
      const answer = answerTo(messages[0]?.content ?? '');
      if (stream === true) {
        speak(response, answer);
        return undefined;
      }
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(JSON.stringify(bodyOf(answer)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests: () => requests,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function answerTo(question: string): string {
  return createHash('sha256').update(question).digest('hex').repeat(20);
}

function bodyOf(answer: string): object {
  return {
    id: 'c',
    object: 'chat.completion',
    model: 'gpt-4o',
    choices: [{ index: 0, message: { role: 'assistant', content: answer }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 5, completion_tokens: 30, total_tokens: 35 },
  };
}

function eventOf(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function eventsOf(answer: string): string[] {
  const words = Array.from({ length: STREAM_WORDS }, (_, index) =>
    eventOf({
      id: 'c',
      model: 'gpt-4o',
      choices: [{ index: 0, delta: { content: answer.slice(index * 40, (index + 1) * 40) } }],
    }),
  );
  return [
    ...words,
    eventOf({ id: 'c', model: 'gpt-4o', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) +
      eventOf({
        id: 'c',
        model: 'gpt-4o',
        choices: [],
        usage: { prompt_tokens: 5, completion_tokens: 30, total_tokens: 35 },
      }) +
      'data: [DONE]\n\n',
  ];
}

function speak(response: import('node:http').ServerResponse, answer: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const left = eventsOf(answer);
  const beat = setInterval(() => {
    const next = left.shift();
    if (next !== undefined) response.write(next);
    if (left.length > 0) return;
    clearInterval(beat);
    response.end();
  }, 100);
}

/** Calls until it is stopped: `callers` loops of short calls, half of them on kept connections, and `streams` open streams. */
export function startLoad(url: string, ask: { readonly callers: number; readonly streams: number }): Load {
  const result: LoadResult = { right: 0, streams: 0, failed: [] };
  // A connection that was handed to a gateway at the moment of its kill is never answered: that is a failed call, soon.
  const kept = new Agent({ ...HEARD, connections: ask.callers, keepAliveTimeout: 60_000, pipelining: 1 });
  const fresh = new Agent({ ...HEARD, pipelining: 0 });
  let stopped = false;
  let asked = 0;

  async function call(agent: Agent, stream: boolean): Promise<void> {
    asked += 1;
    const question = `question ${asked}`;
    try {
      const response = await request(`${url}/v1/chat/completions`, {
        dispatcher: agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-setpoint-workflow': stream ? 'streams' : 'calls' },
        body: JSON.stringify({
          model: 'gpt-4o',
          messages: [{ role: 'user', content: question }],
          ...(stream && { stream: true, stream_options: { include_usage: true } }),
        }),
      });
      const text = await response.body.text();
      const answer = answerTo(question);
      const expected = stream ? eventsOf(answer).join('') : JSON.stringify(bodyOf(answer));
      if (response.statusCode !== 200) result.failed.push(`${response.statusCode}: ${text.slice(0, 200)}`);
      else if (text !== expected) result.failed.push(`${stream ? 'a stream' : 'an answer'} was not whole`);
      else if (stream) result.streams += 1;
      else result.right += 1;
    } catch (error) {
      result.failed.push(
        `${stream ? 'stream' : 'call'}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  async function loop(agent: Agent, stream: boolean, pauseMs: number): Promise<void> {
    while (!stopped) {
      await call(agent, stream);
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  const loops = [
    ...Array.from({ length: ask.callers }, (_, index) =>
      loop(index % 2 === 0 ? kept : fresh, false, 2 + index * 3),
    ),
    ...Array.from({ length: ask.streams }, (_, index) => loop(index % 2 === 0 ? kept : fresh, true, 0)),
  ];
  let ended: Promise<unknown> | undefined;
  return {
    result,
    async stop() {
      stopped = true;
      ended ??= Promise.all(loops).then(() => Promise.all([kept.close(), fresh.close()]));
      await ended;
      return result;
    },
  };
}
