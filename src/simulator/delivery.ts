/** Sends one composed answer at the pace of its model, with the faults that were asked for, and books it. */
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';

import type { Book, Ending } from './book.ts';
import type { Answer, Dialect } from './dialect.ts';
import type { SimulatedModel } from './models.ts';
import { createRandomness } from './randomness.ts';

export interface Delivery {
  readonly response: ServerResponse;
  readonly dialect: Dialect;
  readonly answer: Answer;
  readonly model: SimulatedModel;
  readonly book: Book;
  readonly timeScale: number;
  /** Aborts when the client leaves or the server closes. */
  readonly gone: AbortSignal;
}

const SLOW_EVENT_MS = 60;
const EVENTS_PER_TURN = 8;
const EVENTS_BEFORE_ERROR = 3;

export async function deliver(delivery: Delivery): Promise<void> {
  const { answer, model, timeScale, gone } = delivery;
  const spread = createRandomness(answer.id).logNormal(1, 0.25);
  await pause(model.firstTokenMs * spread * timeScale, gone);
  return answer.ask.stream ? deliverStream(delivery) : deliverBody(delivery);
}

async function deliverBody(delivery: Delivery): Promise<void> {
  const { response, dialect, answer, model, timeScale, gone } = delivery;
  const { faults } = answer.ask;
  await pause(
    answer.tally.output * model.perTokenMs * timeScale + (faults.slow ? 10 * SLOW_EVENT_MS : 0),
    gone,
  );
  const body = Buffer.from(JSON.stringify(dialect.body(answer)));
  if (gone.aborted) return enter(delivery, 'client-left', false, answer.tally.output); // it was generated all the same
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  if (faults.cutAfterEvents !== undefined) {
    enter(delivery, 'cut', false, answer.tally.output);
    response.write(body.subarray(0, body.length >> 1), () => response.destroy());
    return;
  }
  enter(delivery, 'whole', !faults.withoutUsage, answer.tally.output);
  response.end(body);
}

async function deliverStream(delivery: Delivery): Promise<void> {
  const { response, dialect, answer, gone } = delivery;
  const { faults } = answer.ask;
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  let sent = 0;
  let outputTokens = 0;
  for (const frame of dialect.frames(answer)) {
    await pauseBefore(delivery, sent, frame.outputTokens - outputTokens);
    if (gone.aborted) return enter(delivery, 'client-left', false, outputTokens);
    if (faults.cutAfterEvents !== undefined && sent >= faults.cutAfterEvents) {
      enter(delivery, 'cut', false, outputTokens);
      await new Promise<void>((flushed) => response.write('', () => flushed()));
      response.destroy();
      return;
    }
    if (faults.errorInStream && sent === EVENTS_BEFORE_ERROR) {
      enter(delivery, 'error', false, outputTokens);
      response.end(
        dialect.problemFrame({ kind: 'problem', status: 529, message: 'Overloaded (simulated, as asked).' }),
      );
      return;
    }
    outputTokens = frame.outputTokens;
    if (frame.last)
      enter(delivery, 'whole', answer.ask.usageAsked && !faults.withoutUsage, answer.tally.output);
    await write(response, frame.text, gone);
    sent += 1;
  }
  response.end();
}

async function pauseBefore(delivery: Delivery, sent: number, tokens: number): Promise<void> {
  const { answer, model, timeScale, gone } = delivery;
  const scaledMs = tokens * model.perTokenMs * timeScale;
  if (answer.ask.faults.slow) return pause(scaledMs + SLOW_EVENT_MS, gone);
  if (scaledMs >= 1) return pause(scaledMs, gone);
  if (sent % EVENTS_PER_TURN === 0) await nextTurn(); // lets the client's leaving be noticed
}

/** Waits for a slow reader, so that a stalled client holds no more than its socket's buffer here. */
async function write(response: ServerResponse, text: string, gone: AbortSignal): Promise<void> {
  if (response.write(text) || gone.aborted) return;
  await new Promise<void>((ready) => {
    const proceed = () => {
      response.off('drain', proceed);
      gone.removeEventListener('abort', proceed);
      ready();
    };
    response.once('drain', proceed);
    gone.addEventListener('abort', proceed, { once: true });
  });
}

function enter(delivery: Delivery, ending: Ending, reported: boolean, outputTokens: number): void {
  const { book, dialect, answer } = delivery;
  const { ask, tally } = answer;
  const invoiced = { ...tally, output: outputTokens, reasoning: Math.min(tally.reasoning, outputTokens) };
  book.add({
    id: answer.id,
    at: new Date(answer.createdAtMs).toISOString(),
    dialect: dialect.name,
    model: ask.model,
    stream: ask.stream,
    ending,
    reported,
    usage: dialect.usage(invoiced, ask),
    invoiced,
  });
}

async function pause(ms: number, gone: AbortSignal): Promise<void> {
  if (ms < 1 || gone.aborted) return;
  await wait(ms, undefined, { signal: gone }).catch(() => undefined); // an abort ends the pause, nothing more
}
