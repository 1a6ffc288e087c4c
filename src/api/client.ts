/**
 * The typed client of the API, over `fetch`. It imports types only, so that the command line starts fast
 * and the web app stays small.
 */
import type {
  CallsPage,
  CreatedKey,
  Health,
  KeyList,
  LedgerAnswer,
  LedgerLine,
  NewKey,
  Problem,
  ProviderList,
  Receipt,
  RevokedKey,
} from './contract.ts';
import type {
  AppliedAnswer,
  ApplyAsk,
  CoverageAnswer,
  DecidedRule,
  MissingAnswer,
  NewRule,
  PreviewAnswer,
  PreviewAsk,
  RuleList,
} from './contract/attribution.ts';
import type { AnomaliesAnswer, AnomalyNote, ChangesAnswer, NewAnomalyNote } from './contract/anomalies.ts';
import type {
  NewPrice,
  NewPriceDiff,
  NewPriceSheet,
  NewWithdrawal,
  PriceCheck,
  PriceDecisions,
  PriceDiff,
  PriceList,
  PricesDecided,
  PriceVersions,
  RepriceAnswer,
  RepriceAsk,
  WhatIfAnswer,
  WhatIfAsk,
} from './contract/prices.ts';
import type { TelemetryStatus, TraceResponse } from './contract/telemetry.ts';
import type {
  AllocationList,
  Commitment,
  CommitmentList,
  NewCommitment,
  NewSplit,
  PostedPeriods,
  Split,
  SplitList,
  SplitOutcomes,
} from './contract/sharing.ts';
import type { WipedWorkspace, Workspace } from './contract/workspace.ts';

export interface LedgerAsk {
  readonly of?: readonly string[];
  readonly by?: readonly string[];
  readonly during?: string;
  /** `dimension=value` or `dimension!=value`. */
  readonly where?: readonly string[];
  readonly timeZone?: string;
  readonly simulated?: 'exclude' | 'include' | 'only';
  readonly limit?: number;
}

export interface CallsAsk extends Omit<LedgerAsk, 'of' | 'by'> {
  readonly cursor?: string;
}

export type CoverageAsk = Omit<LedgerAsk, 'of' | 'by' | 'limit'> & { readonly by?: 'day' | 'week' | 'month' };
export type MissingAsk = Pick<LedgerAsk, 'during' | 'timeZone' | 'simulated' | 'limit'>;

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
  /** Called with every answer of a workspace that holds a demo. */
  readonly onDemo?: () => void;
}

type Parameters = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export type ApiClient = ReturnType<typeof createClient>;

/** @throws ApiProblem or ApiUnreachable from every method. */
export function createClient(options: ClientOptions) {
  const get = async <T>(path: string, parameters: Parameters = {}): Promise<T> =>
    (await send(options, 'GET', `/api/v1${path}${queryText(parameters)}`)).json() as Promise<T>;
  const post = async <T>(path: string, body: unknown, idempotencyKey?: string): Promise<T> => {
    const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
    return (
      await send(options, 'POST', `/api/v1${path}`, { body: JSON.stringify(body), headers })
    ).json() as Promise<T>;
  };
  const withdraw = async <T>(path: string, parameters: Parameters = {}): Promise<T> =>
    (await send(options, 'DELETE', `/api/v1${path}${queryText(parameters)}`)).json() as Promise<T>;
  return {
    attribution: attributionOf(get, post, withdraw),
    ledger: (ask: LedgerAsk): Promise<LedgerAnswer> =>
      get('/ledger', { ...ask, of: ask.of?.join(','), by: ask.by?.join(',') }),
    calls: (ask: CallsAsk): Promise<CallsPage> => get('/calls', { ...ask }),
    receipt: (call: string): Promise<Receipt> => get(`/calls/${encodeURIComponent(call)}`),
    keys: (ask: { limit?: number; cursor?: string } = {}): Promise<KeyList> => get('/keys', ask),
    providers: (): Promise<ProviderList> => get('/providers'),
    ...priceMethods(get, post),
    workspace: (): Promise<Workspace> => get('/workspace'),
    wipe: (): Promise<WipedWorkspace> => post('/workspace/wipe', {}),
    createKey: (key: NewKey, idempotencyKey?: string): Promise<CreatedKey> =>
      post('/keys', key, idempotencyKey),
    async revokeKey(id: string): Promise<RevokedKey> {
      return (
        await send(options, 'DELETE', `/api/v1/keys/${encodeURIComponent(id)}`)
      ).json() as Promise<RevokedKey>;
    },
    anomalies: (
      ask: { during?: string; where?: readonly string[]; timeZone?: string; leastDollars?: number } = {},
    ): Promise<AnomaliesAnswer> => get('/anomalies', ask),
    async noteAnomaly(id: string, note: NewAnomalyNote): Promise<AnomalyNote> {
      const path = `/api/v1/anomalies/${encodeURIComponent(id)}/notes`;
      return (
        await send(options, 'POST', path, { body: JSON.stringify(note) })
      ).json() as Promise<AnomalyNote>;
    },
    changes: (
      ask: {
        after?: string;
        before?: string;
        by?: readonly string[];
        where?: readonly string[];
        timeZone?: string;
        limit?: number;
      } = {},
    ): Promise<ChangesAnswer> => get('/changes', { ...ask, by: ask.by?.join(',') }),
    telemetry: (): Promise<TelemetryStatus> => get('/telemetry'),
    /** An OTLP trace request in its JSON encoding. */
    async sendTraces(request: string): Promise<TraceResponse> {
      return (
        await send(options, 'POST', '/api/v1/otlp/v1/traces', { body: request })
      ).json() as Promise<TraceResponse>;
    },
    /** Readiness; an API that is up but not ready answers too. */
    async health(): Promise<Health> {
      return (await send(options, 'GET', '/readyz', { accept: [200, 503] })).json() as Promise<Health>;
    },
    /** New lines as they arrive, until the signal stops it or the server goes. */
    tail: (ask: { where?: readonly string[] } = {}, signal?: AbortSignal): AsyncGenerator<LedgerLine> =>
      tail(options, ask, signal),
  };
}

type Get = <T>(path: string, parameters?: Parameters) => Promise<T>;
type Post = <T>(path: string, body: unknown, idempotencyKey?: string) => Promise<T>;

function priceMethods(get: Get, post: Post) {
  return {
    prices: (
      ask: { provider?: string; model?: string; limit?: number; version?: string; at?: string } = {},
    ): Promise<PriceList> => get('/prices', ask),
    priceVersions: (): Promise<PriceVersions> => get('/prices/versions'),
    priceDecisions: (ask: { provider?: string; model?: string } = {}): Promise<PriceDecisions> =>
      get('/prices/decisions', ask),
    setPrice: (price: NewPrice, idempotencyKey?: string): Promise<PricesDecided> =>
      post('/prices/decisions', price, idempotencyKey),
    withdrawPrice: (id: string, withdrawal: NewWithdrawal, idempotencyKey?: string): Promise<PricesDecided> =>
      post(`/prices/decisions/${encodeURIComponent(id)}/withdrawal`, withdrawal, idempotencyKey),
    importPrices: (sheet: NewPriceSheet, idempotencyKey?: string): Promise<PricesDecided> =>
      post('/prices/import', sheet, idempotencyKey),
    diffPrices: (ask: { from?: string; to?: string }): Promise<PriceDiff> => get('/prices/diff', ask),
    diffDraft: (ask: NewPriceDiff): Promise<PriceDiff> => post('/prices/diff', ask),
    whatIf: (ask: WhatIfAsk): Promise<WhatIfAnswer> => post('/prices/what-if', ask),
    reprice: (ask: RepriceAsk, idempotencyKey?: string): Promise<RepriceAnswer> =>
      post('/prices/reprice', ask, idempotencyKey),
    checkPrices: (): Promise<PriceCheck> => get('/prices/check'),
  };
}

function attributionOf(get: Get, post: Post, withdraw: Get) {
  const at = (kind: string, id: string, action = ''): string =>
    `/attribution/${kind}/${encodeURIComponent(id)}${action === '' ? '' : `/${action}`}`;
  return {
    coverage: (ask: CoverageAsk): Promise<CoverageAnswer> => get('/attribution/coverage', { ...ask }),
    missing: (ask: MissingAsk): Promise<MissingAnswer> => get('/attribution/missing', { ...ask }),
    preview: (ask: PreviewAsk): Promise<PreviewAnswer> => post('/attribution/preview', ask),
    apply: (ask: ApplyAsk): Promise<AppliedAnswer> => post('/attribution/apply', ask),
    rules: (all: boolean): Promise<RuleList> => get('/attribution/rules', all ? { all: 'true' } : {}),
    addRule: (rule: NewRule): Promise<DecidedRule> => post('/attribution/rules', rule),
    withdrawRule: (id: string, reason?: string): Promise<DecidedRule> =>
      withdraw(at('rules', id), { reason }),
    splits: (): Promise<SplitList> => get('/attribution/splits'),
    addSplit: (split: NewSplit): Promise<Split> => post('/attribution/splits', split),
    withdrawSplit: (id: string): Promise<Split> => withdraw(at('splits', id)),
    previewSplit: (id: string, month: string): Promise<SplitOutcomes> =>
      post(at('splits', id, 'preview'), { month }),
    applySplit: (id: string, ask: { during?: string }): Promise<SplitOutcomes> =>
      post(at('splits', id, 'apply'), ask),
    reverseSplit: (id: string, month: string): Promise<SplitOutcomes> =>
      post(at('splits', id, 'reverse'), { month }),
    allocations: (month: string): Promise<AllocationList> => get('/attribution/allocations', { month }),
    commitments: (): Promise<CommitmentList> => get('/attribution/commitments'),
    addCommitment: (commitment: NewCommitment): Promise<Commitment> =>
      post('/attribution/commitments', commitment),
    withdrawCommitment: (id: string): Promise<Commitment> => withdraw(at('commitments', id)),
    postCommitment: (id: string, ask: { during?: string }): Promise<PostedPeriods> =>
      post(at('commitments', id, 'post'), ask),
  };
}

async function* tail(
  options: ClientOptions,
  ask: Parameters,
  signal?: AbortSignal,
): AsyncGenerator<LedgerLine> {
  const response = await send(
    options,
    'GET',
    `/api/v1/tail${queryText(ask)}`,
    signal === undefined ? {} : { signal },
  );
  for await (const event of serverSentEvents(response)) {
    if (event.name === 'line') yield JSON.parse(event.data) as LedgerLine;
    if (event.name === 'trouble') throw new ApiUnreachable(options.url, event.data);
  }
}

async function* serverSentEvents(response: Response): AsyncGenerator<{ name: string; data: string }> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true });
    const events = rest.split('\n\n');
    rest = events.pop() ?? '';
    for (const text of events) {
      const fields = text.split('\n');
      const field = (name: string): string[] =>
        fields.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
      const data = field('data').join('\n');
      if (data !== '') yield { name: field('event')[0] ?? 'message', data };
    }
  }
}

interface Sending {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Statuses that are an answer and no problem. */
  readonly accept?: readonly number[];
}

async function send(
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

function queryText(parameters: Parameters): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : (Array.isArray(value) ? value : [value]).map((one) => [name, String(one)]),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs as [string, string][]).toString()}`;
}
