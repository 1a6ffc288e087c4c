/** The provider of the simulation: what it does with an attempt, and its own book of what it bills. */
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';

import type { Dispatcher } from 'undici';

import type { Exchange } from '../../src/gateway/stages/send.ts';
import type { PriceBook } from '../../src/prices/prices.ts';
import type { Dice, VirtualTime } from './time.ts';

export const FATES = [
  'whole',
  'stream',
  'refused',
  'limited',
  'broken',
  'hang',
  'cut',
  'left',
  'stale',
] as const;
export type Fate = (typeof FATES)[number];

/** What the provider did for one attempt. */
export interface Billed {
  readonly attempt: string;
  readonly fate: Fate;
  /** Picodollars and tokens that it bills; 0 where it bills nothing. */
  readonly cost: bigint;
  readonly tokens: bigint;
  /** It told the gateway so, to the last token. */
  readonly told: boolean;
}

export const MODEL = 'gpt-4o';

/** A client's connection: takes what it is given, and says what of it was an acknowledgement. */
export class ClientSide extends EventEmitter {
  headersSent = false;
  writableEnded = false;
  writableFinished = false;
  destroyed = false;
  status = 0;
  text = '';
  readonly req = { complete: true };

  writeHead(status: number): this {
    this.headersSent = true;
    this.status = status;
    return this;
  }

  setHeader(): this {
    return this;
  }

  flushHeaders(): void {}

  write(chunk: Buffer | string): boolean {
    this.text += String(chunk);
    return true;
  }

  end(chunk?: Buffer | string): void {
    if (chunk !== undefined) this.text += String(chunk);
    this.writableEnded = true;
    this.writableFinished = true;
    this.emit('finish');
    this.emit('close');
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }

  /** The same object, as the gateway sees it: it uses no more of a response than this class has. */
  get response(): ServerResponse {
    return this as unknown as ServerResponse;
  }
}

interface Serving {
  readonly time: VirtualTime;
  readonly dice: Dice;
  readonly prices: PriceBook;
  readonly book: Billed[];
  readonly startedAtMs: number;
  /** The worker still lives: a dead one hears nothing. */
  readonly alive: () => boolean;
}

/** Serves one attempt by its fate; calls the exchange back as undici would. */
export function serve(
  exchange: Exchange,
  attempt: string,
  fate: Fate,
  ask: { readonly outputLimit: number; readonly inputBytes: number; readonly client: ClientSide },
  world: Serving,
): void {
  const { time, dice, alive } = world;
  const later = (ms: number, step: () => void): void => time.at(ms, () => alive() && step());
  const controller = controllerOf(exchange, later);
  if (fate === 'refused') return later(2, () => exchange.onResponseError(controller, coded('ECONNREFUSED')));
  exchange.onRequestStart(controller);
  if (controller.aborted) return;
  const usage = {
    input: dice.whole(10, Math.floor(ask.inputBytes / 3)),
    output: dice.whole(1, ask.outputLimit),
  };
  bill(attempt, fate, usage, world);
  const reach = (ms: number, step: () => void): void => later(ms, () => controller.aborted || step());
  if (fate === 'stale') return later(1, () => exchange.onResponseError(controller, coded('ECONNRESET')));
  if (fate === 'hang')
    return reach(4_000, () => exchange.onResponseError(controller, coded('UND_ERR_HEADERS_TIMEOUT')));
  if (fate === 'limited' || fate === 'broken') {
    const status = fate === 'limited' ? 429 : 500;
    return reach(dice.whole(5, 200), () => {
      exchange.onResponseStart(controller, status, { 'content-type': 'application/json' });
      exchange.onResponseData(controller, Buffer.from('{"error":{"message":"no"}}'));
      exchange.onResponseEnd();
    });
  }
  if (fate === 'whole') return reach(dice.whole(5, 1_500), () => answerWhole(exchange, controller, usage));
  answerStream(exchange, controller, { fate, usage, client: ask.client, dice, reach });
}

interface Control extends Dispatcher.DispatchController {
  aborted: boolean;
}

function controllerOf(exchange: Exchange, later: (ms: number, step: () => void) => void): Control {
  const controller: Control = {
    aborted: false,
    paused: false,
    reason: null,
    abort(reason: Error) {
      if (controller.aborted) return;
      controller.aborted = true;
      later(0, () => exchange.onResponseError(controller, reason));
    },
    pause: () => undefined,
    resume: () => undefined,
  };
  return controller;
}

interface Used {
  readonly input: number;
  readonly output: number;
}

function answerWhole(exchange: Exchange, controller: Control, usage: Used): void {
  exchange.onResponseStart(controller, 200, { 'content-type': 'application/json' });
  const body = {
    model: MODEL,
    choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }],
    usage: reported(usage),
  };
  exchange.onResponseData(controller, Buffer.from(JSON.stringify(body)));
  exchange.onResponseEnd();
}

interface Streaming {
  readonly fate: Fate;
  readonly usage: Used;
  readonly client: ClientSide;
  readonly dice: Dice;
  readonly reach: (ms: number, step: () => void) => void;
}

function answerStream(exchange: Exchange, controller: Control, streaming: Streaming): void {
  const { fate, usage, client, dice, reach } = streaming;
  const pieces = dice.whole(1, 6);
  let atMs = dice.whole(5, 500);
  reach(atMs, () => exchange.onResponseStart(controller, 200, { 'content-type': 'text/event-stream' }));
  for (let piece = 0; piece < pieces; piece += 1) {
    atMs += dice.whole(1, 200);
    reach(atMs, () => exchange.onResponseData(controller, event({ delta: { content: 'and so on ' } })));
    if (piece === 0 && fate === 'left') reach(atMs + 1, () => client.destroy());
  }
  if (fate === 'cut') {
    reach(atMs + 5, () => exchange.onResponseError(controller, coded('UND_ERR_SOCKET')));
    return;
  }
  reach(atMs + 5, () => {
    exchange.onResponseData(controller, event({ delta: {}, finish_reason: 'stop' }));
    exchange.onResponseData(
      controller,
      Buffer.from(`data: ${JSON.stringify({ model: MODEL, choices: [], usage: reported(usage) })}\n\n`),
    );
    exchange.onResponseData(controller, Buffer.from('data: [DONE]\n\n'));
    exchange.onResponseEnd();
  });
}

function event(choice: object): Buffer {
  return Buffer.from(
    `data: ${JSON.stringify({ model: MODEL, choices: [{ index: 0, finish_reason: null, ...choice }] })}\n\n`,
  );
}

function reported({ input, output }: Used): object {
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}

function bill(attempt: string, fate: Fate, { input, output }: Used, world: Serving): void {
  const free = fate === 'limited' || fate === 'broken' || fate === 'stale';
  const priced = world.prices.price({
    provider: 'openai',
    model: MODEL,
    usage: { freshIn: input, textOut: output },
    atMs: world.startedAtMs,
    serviceTier: '',
    geo: '',
  });
  if (priced.kind === 'unpriced') throw new Error('the simulation needs a priced model');
  world.book.push({
    attempt,
    fate,
    cost: free ? 0n : priced.total,
    tokens: free ? 0n : BigInt(input + output),
    told: fate === 'whole' || fate === 'stream',
  });
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}
