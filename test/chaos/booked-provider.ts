/**
 * A provider that keeps a book of its own: every request that reached it, what it answered, and what it would invoice.
 * It does what a request's `user` field asks for, so that a test's calls say how they are to fail:
 * `<name> stream slow status-503 once hang reset cut-17 no-usage`.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface BookEntry {
  /** The caller's own name of the call. */
  readonly name: string;
  readonly responseId: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly isStream: boolean;
  /** `refused`: answered with an error; `silent`: no answer at all; `part`: broken off; `whole`. */
  ending: 'refused' | 'silent' | 'part' | 'whole';
  /** The answer said what it used. */
  isReported: boolean;
}

export interface BookedProvider {
  readonly baseUrl: string;
  readonly book: readonly BookEntry[];
  close(): Promise<void>;
}

const SLOW_PIECE_MS = 15;
const PIECES = 8;

export async function startBookedProvider(): Promise<BookedProvider> {
  const book: BookEntry[] = [];
  const asked = new Map<string, number>();
  const server = createServer((request, response) => {
    void answer(request, response, book, asked).catch(() => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    book,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** What a call of this name uses: told from the name, so that a comparison needs no memory of it. */
export function usageOf(name: string): { readonly inputTokens: number; readonly outputTokens: number } {
  let hash = 7;
  for (const letter of name) hash = (hash * 31 + letter.charCodeAt(0)) % 1_000_003;
  return { inputTokens: 100 + (hash % 900), outputTokens: 10 + (hash % 83) };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  book: BookEntry[],
  asked: Map<string, number>,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { user = '', stream = false } = JSON.parse(Buffer.concat(chunks).toString()) as {
    user?: string;
    stream?: boolean;
  };
  const [name = '', ...words] = user.split(' ');
  const times = (asked.get(name) ?? 0) + 1;
  asked.set(name, times);
  const entry: BookEntry = {
    name,
    responseId: `resp-${name}-${times}`,
    ...usageOf(name),
    isStream: stream,
    ending: 'silent',
    isReported: false,
  };
  book.push(entry);
  const status = numberAfter(words, 'status-');
  if (status !== undefined && (times === 1 || !words.includes('once'))) {
    entry.ending = 'refused';
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after-ms': '1' });
    response.end('{"error":{"message":"as asked"}}');
    return;
  }
  if (words.includes('hang')) return;
  if (words.includes('reset')) return void response.destroy();
  await send(response, entry, words);
}

async function send(response: ServerResponse, entry: BookEntry, words: readonly string[]): Promise<void> {
  const pieces = entry.isStream ? streamOf(entry, !words.includes('no-usage')) : [bodyOf(entry)];
  const cutAt = numberAfter(words, 'cut-') ?? Number.POSITIVE_INFINITY;
  response.writeHead(200, { 'content-type': entry.isStream ? 'text/event-stream' : 'application/json' });
  response.flushHeaders();
  let sent = 0;
  for (const piece of pieces) {
    const bytes = Buffer.from(piece).subarray(0, Math.max(0, cutAt - sent));
    sent += bytes.length;
    await new Promise<void>((written) => response.write(bytes, () => written()));
    if (response.destroyed) return;
    entry.ending = 'part';
    entry.isReported ||= piece.includes('"usage":') && bytes.length === Buffer.byteLength(piece);
    if (sent >= cutAt) return void response.destroy();
    if (words.includes('slow')) await new Promise((resolve) => setTimeout(resolve, SLOW_PIECE_MS));
  }
  entry.ending = 'whole';
  response.end();
}

function usageBody({ inputTokens, outputTokens }: BookEntry): object {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
}

function bodyOf(entry: BookEntry): string {
  return JSON.stringify({
    id: entry.responseId,
    object: 'chat.completion',
    model: 'gpt-4o',
    choices: [{ index: 0, message: { role: 'assistant', content: 'well' }, finish_reason: 'stop' }],
    usage: usageBody(entry),
  });
}

function streamOf(entry: BookEntry, withUsage: boolean): string[] {
  const event = (fields: object): string =>
    `data: ${JSON.stringify({ id: entry.responseId, object: 'chat.completion.chunk', model: 'gpt-4o', ...fields })}\n\n`;
  const words = Array.from({ length: PIECES }, (_, index) =>
    event({ choices: [{ index: 0, delta: { content: `word ${index} ` }, finish_reason: null }] }),
  );
  return [
    ...words,
    event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
    ...(withUsage ? [event({ choices: [], usage: usageBody(entry) })] : []),
    'data: [DONE]\n\n',
  ];
}

function numberAfter(words: readonly string[], prefix: string): number | undefined {
  const word = words.find((one) => one.startsWith(prefix));
  return word === undefined ? undefined : Number(word.slice(prefix.length));
}
