/**
 * The built-in upstream: an HTTP server that speaks the OpenAI (chat, responses, embeddings) and Anthropic dialects,
 * deterministically and without a key, so that the whole product works before any provider is configured. Everything
 * it answers is marked `x-simulated: true`. With a replay source it answers known prompts from a recording instead.
 *
 * It is the gateway's honest counterpart: it shares no code with it and keeps its own account (see book.ts).
 */
import { createServer } from 'node:http';
import type { Server } from 'node:http';

import { createIdSource } from '../units/ids.ts';
import { openBook } from './book.ts';
import type { BookEntry } from './book.ts';
import { createPrefixMemory } from './prefixes.ts';
import type { ReplaySource } from './replay.ts';
import { createRequestHandler } from './requests.ts';

export { simulatorPrices } from './list-prices.ts';
export type { SimulatedModel, SimulatedPrice } from './models.ts';
export { loadReplay } from './replay.ts';
export type { ReplaySettings, ReplaySource } from './replay.ts';
export type { BookEntry, Ending } from './book.ts';

export interface SimulatorSettings {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The same seed gives the same answers. */
  readonly seed: string;
  /** Multiplies the models' latencies; 0 answers at once. */
  readonly timeScale: number;
  readonly replay?: ReplaySource;
  /** Where the book is kept, so that it outlives the process; absent: in memory only. */
  readonly bookFile?: string;
  readonly nowMs?: () => number;
}

export interface Simulator {
  /** Without a path: `http://127.0.0.1:4020`. */
  readonly url: string;
  readonly port: number;
  book(): BookEntry[];
  /** Breaks open connections and stops listening. */
  close(): Promise<void>;
}

export async function startSimulator(settings: SimulatorSettings): Promise<Simulator> {
  const nowMs = settings.nowMs ?? Date.now;
  const book = openBook(settings.bookFile);
  const closing = new AbortController();
  const handle = createRequestHandler({
    seed: settings.seed,
    timeScale: settings.timeScale,
    replay: settings.replay,
    book,
    prefixes: createPrefixMemory(nowMs),
    nextId: createIdSource(nowMs),
    nowMs,
    closing: closing.signal,
  });
  const server = createServer(
    { keepAliveTimeout: 75_000, requestTimeout: 0 },
    (request, response) => void handle(request, response),
  );
  const port = await listen(server, settings.host, settings.port);
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  return {
    url: `http://${host}:${port}`,
    port,
    book: () => book.entries(),
    async close() {
      closing.abort();
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((listening, failed) => {
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      const address = server.address();
      listening(typeof address === 'object' && address ? address.port : port);
    });
  });
}
