/** How the client reaches the API: one request, its problem as an error, its events as they come. Runs in browsers too. */
import type { LedgerLine, Problem } from '../contract.ts';

/** The API answered, and its answer is no: the problem says why. */
export class ApiProblem extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ApiProblem';
    this.problem = problem;
  }
}

/** Nothing answered at the address, or something that is not this API. */
export class ApiUnreachable extends Error {
  readonly url: string;
  constructor(url: string, reason: string) {
    super(
      `The Setpoint server at ${url} does not answer (${reason}). Start it with "setpoint up", or name another with --url.`,
    );
    this.name = 'ApiUnreachable';
    this.url = url;
  }
}

export interface ClientOptions {
  /** Where the API listens, without `/api/v1`: `http://127.0.0.1:4001`. Empty: the page's own origin. */
  readonly url: string;
  readonly token?: string;
  readonly fetch?: typeof fetch;
  /** Whoever asks may leave: then what only reads is taken back, and fails with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called with every answer of a workspace that holds a demo. */
  readonly onDemo?: () => void;
}

export type Parameters = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** The verbs that the topics of the client are written in. Paths have no prefix. */
export interface Reach {
  get<T>(path: string, parameters?: Parameters): Promise<T>;
  /** A question too long for an address: it reads, so that it is taken back as a `get` is. */
  ask<T>(path: string, body: unknown): Promise<T>;
  /** Decides or posts: it is not taken back, for it may be done already. */
  post<T>(path: string, body: unknown, idempotencyKey?: string): Promise<T>;
  put<T>(path: string, body: unknown): Promise<T>;
  remove<T>(path: string, parameters?: Parameters): Promise<T>;
  send(method: string, path: string, sending?: Sending): Promise<Response>;
}

const PREFIX = '/api/v1';

export function openReach(options: ClientOptions): Reach {
  const reading = options.signal === undefined ? {} : { signal: options.signal };
  return {
    get: async <T>(path: string, parameters: Parameters = {}): Promise<T> =>
      (await send(options, 'GET', `${PREFIX}${path}${queryText(parameters)}`, reading)).json() as Promise<T>,
    ask: async <T>(path: string, body: unknown): Promise<T> =>
      (
        await send(options, 'POST', `${PREFIX}${path}`, { body: JSON.stringify(body), ...reading })
      ).json() as Promise<T>,
    post: async <T>(path: string, body: unknown, idempotencyKey?: string): Promise<T> => {
      const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
      const sending = { body: JSON.stringify(body), headers };
      return (await send(options, 'POST', `${PREFIX}${path}`, sending)).json() as Promise<T>;
    },
    put: async <T>(path: string, body: unknown): Promise<T> =>
      (await send(options, 'PUT', `${PREFIX}${path}`, { body: JSON.stringify(body) })).json() as Promise<T>,
    remove: async <T>(path: string, parameters: Parameters = {}): Promise<T> =>
      (await send(options, 'DELETE', `${PREFIX}${path}${queryText(parameters)}`)).json() as Promise<T>,
    send: (method, path, sending = {}) =>
      send(options, method, `${PREFIX}${path}`, { ...(method === 'GET' && reading), ...sending }),
  };
}

export interface TailFollowing {
  readonly signal?: AbortSignal | undefined;
  /** Where an earlier tail stood: what arrived since comes first. */
  readonly after?: string | undefined;
  /** Called with every position that a later tail can go on from, once the lines before it are yielded. */
  readonly onPosition?: (position: string) => void;
  /** Called whenever anything was heard, also on a stream that has nothing to say. */
  readonly onHeard?: () => void;
}

/** New lines as they arrive, until the signal stops it or the server goes. */
export async function* tail(
  options: ClientOptions,
  ask: Parameters,
  following: TailFollowing = {},
): AsyncGenerator<LedgerLine> {
  const { signal, after = '', onPosition } = following;
  const response = await send(options, 'GET', `/api/v1/tail${queryText(ask)}`, {
    ...(signal !== undefined && { signal }),
    ...(after !== '' && { headers: { 'last-event-id': after } }),
  });
  for await (const { name, data, id } of serverSentEvents(response, following.onHeard)) {
    if (name === 'line') yield JSON.parse(data) as LedgerLine;
    if (name === 'trouble') throw new ApiUnreachable(options.url, data);
    if (id !== '') onPosition?.(id);
  }
}

interface ServerSentEvent {
  readonly name: string;
  readonly data: string;
  readonly id: string;
}

async function* serverSentEvents(response: Response, onHeard?: () => void): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunksOf(response)) {
    onHeard?.();
    rest += decoder.decode(chunk, { stream: true });
    const events = rest.split('\n\n');
    rest = events.pop() ?? '';
    for (const text of events) {
      const fields = text.split('\n');
      const field = (name: string): string[] =>
        fields.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
      const data = field('data').join('\n');
      if (data !== '') yield { name: field('event')[0] ?? 'message', data, id: field('id')[0] ?? '' };
    }
  }
}

/** Not every browser can walk a stream by itself. */
async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  if (reader === undefined) return;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

export interface Sending {
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Statuses that are an answer and no problem. */
  readonly accept?: readonly number[];
}

export async function send(
  options: ClientOptions,
  method: string,
  path: string,
  sending: Sending = {},
): Promise<Response> {
  const response = await reach(options, method, path, sending);
  if (response.headers.get('x-setpoint-workspace') === 'demo') options.onDemo?.();
  if (response.ok || sending.accept?.includes(response.status)) return response;
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  if (problem?.code === undefined)
    throw new ApiUnreachable(options.url, `status ${response.status}, not a Setpoint answer`);
  throw new ApiProblem(problem);
}

async function reach(
  options: ClientOptions,
  method: string,
  path: string,
  sending: Sending,
): Promise<Response> {
  const headers = {
    ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    ...(sending.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...sending.headers,
  };
  const { body, signal } = sending;
  try {
    const request = {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    };
    return await (options.fetch ?? fetch)(`${options.url}${path}`, request);
  } catch (error) {
    if (signal?.aborted) throw error;
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new ApiUnreachable(options.url, cause === '' ? 'connection refused' : cause);
  }
}

export function queryText(parameters: Parameters): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : (Array.isArray(value) ? value : [value]).map((one) => [name, String(one)]),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs as [string, string][]).toString()}`;
}
