/** One HTTP request to the simulator: which path it is, what it asks, and who answers. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { ANTHROPIC } from './anthropic/dialect.ts';
import { readCountRequest } from './anthropic/read.ts';
import type { Book } from './book.ts';
import { deliver } from './delivery.ts';
import { isProblem } from './dialect.ts';
import { embeddingsBody, readEmbeddings } from './embeddings.ts';
import type { Answer, Ask, Dialect, Problem, Reply } from './dialect.ts';
import { isObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { SIMULATED_MODELS, findModel } from './models.ts';
import { OPENAI } from './openai/dialect.ts';
import { RESPONSES } from './responses/dialect.ts';
import { countInput } from './prefixes.ts';
import type { PrefixMemory } from './prefixes.ts';
import { hashOf } from './randomness.ts';
import type { ReplaySource } from './replay.ts';
import { composeReply } from './reply.ts';

export interface Surroundings {
  readonly seed: string;
  readonly timeScale: number;
  readonly replay: ReplaySource | undefined;
  readonly book: Book;
  readonly prefixes: PrefixMemory;
  readonly nextId: () => string;
  readonly nowMs: () => number;
  readonly closing: AbortSignal;
}

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const BODY_BYTES_AT_MOST = 64 * 1024 * 1024;
const PROMPTS_FAILED_REMEMBERED = 10_000;
const MODELS_SINCE = '2026-01-01T00:00:00Z';

const INFERENCE: ReadonlyMap<string, Dialect> = new Map([
  ['POST /v1/chat/completions', OPENAI],
  ['POST /v1/responses', RESPONSES],
  ['POST /v1/messages', ANTHROPIC],
]);

export function createRequestHandler(around: Surroundings): RequestHandler {
  /** How often a prompt with `fail-first` has failed so far. */
  const failures = new Map<string, number>();

  async function answerInference(
    request: IncomingMessage,
    response: ServerResponse,
    dialect: Dialect,
  ): Promise<void> {
    const gone = goneSignal(response, around.closing);
    const ask = await readAsk(request, dialect.read);
    if (isProblem(ask)) return sendProblem(response, dialect, ask, around.nextId());
    if (ask.faults.hang) return once(gone, 'abort').then(() => undefined);
    const problem = askedProblem(ask, failures);
    if (problem) return sendProblem(response, dialect, problem, around.nextId());
    const replies = composeReplies(ask, around);
    if ('kind' in replies) return sendProblem(response, dialect, replies, around.nextId());
    const answer = toAnswer(ask, replies, dialect, around);
    response.setHeader(dialect.requestIdHeader, `req_sim_${around.nextId()}`);
    const model = findModel(ask.model);
    return deliver({
      response,
      dialect,
      answer,
      model,
      book: around.book,
      timeScale: around.timeScale,
      gone,
    });
  }

  return async (request, response) => {
    response.setHeader('x-simulated', 'true');
    response.on('error', () => undefined); // a client that resets is noticed by its closing
    const [path = ''] = (request.url ?? '').split('?');
    const dialect =
      request.headers['anthropic-version'] === undefined && !path.startsWith('/v1/messages')
        ? OPENAI
        : ANTHROPIC;
    try {
      const asked = `${request.method} ${path}`;
      const inference = INFERENCE.get(asked);
      if (inference !== undefined) return await answerInference(request, response, inference);
      switch (asked) {
        case 'POST /v1/embeddings':
          return await answerEmbeddings(request, response, around);
        case 'POST /v1/messages/count_tokens':
          return await answerCount(request, response, around);
        case 'GET /v1/models':
          return sendJson(response, 200, modelList(dialect, around));
        case 'GET /simulator/book':
          response.setHeader('x-book-dropped', around.book.dropped());
          return sendJson(response, 200, around.book.entries());
        case 'DELETE /simulator/book':
          around.book.clear();
          return void response.writeHead(204).end();
        case 'GET /healthz':
          return sendJson(response, 200, { status: 'ok', simulated: true });
        default:
          return sendProblem(response, dialect, unknownPath(request.method ?? '', path), around.nextId());
      }
    } catch (error) {
      if (response.headersSent || response.destroyed) return void response.destroy();
      const message = `The simulator failed: ${error instanceof Error ? error.message : 'unknown error'}.`;
      sendProblem(response, dialect, { kind: 'problem', status: 500, message }, around.nextId());
    }
  };
}

function goneSignal(response: ServerResponse, closing: AbortSignal): AbortSignal {
  const left = new AbortController();
  response.once('close', () => left.abort());
  return AbortSignal.any([left.signal, closing]);
}

async function readAsk<Read>(
  request: IncomingMessage,
  read: (body: JsonObject) => Read | Problem,
): Promise<Read | Problem> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= BODY_BYTES_AT_MOST) chunks.push(chunk); // the rest is read and dropped, so that the refusal can be delivered
  }
  if (size > BODY_BYTES_AT_MOST)
    return { kind: 'problem', status: 413, message: 'Request exceeds the maximum size' };
  let json: Json;
  try {
    json = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return { kind: 'problem', status: 400, message: 'We could not parse the JSON body of your request.' };
  }
  return isObject(json)
    ? read(json)
    : { kind: 'problem', status: 400, message: 'The body must be a JSON object.' };
}

function askedProblem(ask: Ask, failures: Map<string, number>): Problem | undefined {
  const { errorStatus, failuresFirst } = ask.faults;
  if (errorStatus !== undefined)
    return { kind: 'problem', status: errorStatus, message: `Simulated error ${errorStatus}, as asked.` };
  if (failuresFirst === 0) return undefined;
  const id = hashOf(ask.model, ...ask.pieces.map((piece) => piece.text));
  const failed = failures.get(id) ?? 0;
  if (failed >= failuresFirst) return undefined;
  if (failures.size >= PROMPTS_FAILED_REMEMBERED) failures.clear();
  failures.set(id, failed + 1);
  return {
    kind: 'problem',
    status: 500,
    message: `Simulated failure ${failed + 1} of ${failuresFirst}, as asked.`,
  };
}

function composeReplies(ask: Ask, around: Surroundings): Reply[] | Problem {
  const model = findModel(ask.model);
  const { replay } = around;
  if (!replay?.models.includes(ask.model)) {
    return Array.from({ length: ask.answers }, (_, index) => composeReply(ask, model, around.seed, index));
  }
  const recorded = replay.find(ask.model, ask.question);
  if (recorded === undefined) {
    const message = `No response of ${ask.model} to this prompt is recorded, and a replay invents none. Ask a recorded prompt, or a simulated model such as sim-small.`;
    return { kind: 'problem', status: 404, message, code: 'prompt_not_recorded' };
  }
  return Array.from({ length: ask.answers }, (_, index) =>
    composeReply(ask, model, around.seed, index, recorded),
  );
}

function toAnswer(ask: Ask, replies: readonly Reply[], dialect: Dialect, around: Surroundings): Answer {
  const sum = (count: (reply: Reply) => number) => replies.reduce((total, reply) => total + count(reply), 0);
  const tally = {
    ...around.prefixes.take(ask),
    output: sum((reply) => reply.outputTokens),
    reasoning: sum((reply) => reply.reasoningTokens),
  };
  const id = `${dialect.idPrefix}${around.nextId().replaceAll('-', '')}`;
  return { id, createdAtMs: around.nowMs(), ask, replies, tally };
}

async function answerCount(
  request: IncomingMessage,
  response: ServerResponse,
  around: Surroundings,
): Promise<void> {
  const ask = await readAsk(request, readCountRequest);
  if (isProblem(ask)) return sendProblem(response, ANTHROPIC, ask, around.nextId());
  sendJson(response, 200, { input_tokens: countInput(ask) });
}

async function answerEmbeddings(
  request: IncomingMessage,
  response: ServerResponse,
  around: Surroundings,
): Promise<void> {
  const ask = await readAsk(request, readEmbeddings);
  const id = around.nextId();
  if ('kind' in ask) return sendProblem(response, OPENAI, ask, id);
  const body = embeddingsBody(ask);
  around.book.add({
    id: `embed_sim_${id}`,
    at: new Date(around.nowMs()).toISOString(),
    dialect: 'openai',
    model: ask.model,
    stream: false,
    ending: 'whole',
    reported: true,
    usage: { prompt_tokens: ask.tokens, total_tokens: ask.tokens },
    invoiced: {
      freshInput: ask.tokens,
      cacheRead: 0,
      cacheWrite5m: 0,
      cacheWrite1h: 0,
      output: 0,
      reasoning: 0,
    },
  });
  response.setHeader('x-request-id', `req_sim_${id}`);
  sendJson(response, 200, body);
}

function modelList(dialect: Dialect, around: Surroundings): JsonObject {
  const names = [...SIMULATED_MODELS.map((model) => model.name), ...(around.replay?.models ?? [])];
  const models = [...new Set(names)];
  if (dialect.name === 'openai') {
    const created = Date.parse(MODELS_SINCE) / 1000;
    return {
      object: 'list',
      data: models.map((id) => ({ id, object: 'model', created, owned_by: 'simulator' })),
    };
  }
  const data = models.map((id) => ({
    type: 'model',
    id,
    display_name: `${id} (simulated)`,
    created_at: MODELS_SINCE,
  }));
  return { data, has_more: false, first_id: models[0] ?? null, last_id: models.at(-1) ?? null };
}

function unknownPath(method: string, path: string): Problem {
  const message = `The simulator does not serve ${method} ${path}. It speaks chat completions, responses, embeddings, messages, message token counts and models.`;
  return { kind: 'problem', status: 404, message };
}

function sendProblem(response: ServerResponse, dialect: Dialect, problem: Problem, id: string): void {
  const requestId = `req_sim_${id}`;
  response.setHeader(dialect.requestIdHeader, requestId);
  if (problem.status === 429) response.setHeader('retry-after', '1');
  sendJson(response, problem.status, dialect.problemBody(problem, requestId));
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}
