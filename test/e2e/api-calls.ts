/** What tests of pages ask of the API themselves: decisions of somebody else, and calls that cost money. */
import { vi } from 'vitest';

import type { LedgerAnswer } from '../../src/api/contract.ts';
import type { System } from './system.ts';

type Api = Pick<System, 'apiUrl'>;

/** @param path below `/api/v1`. */
export function send({ apiUrl }: Api, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${apiUrl}/api/v1${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
}

/** @returns what a POST is answered, parsed. */
export async function post<T>(api: Api, path: string, body: unknown): Promise<T> {
  const response = await send(api, 'POST', path, body);
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}

export interface ToldCall {
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens?: number;
  readonly workflow?: string;
  readonly team?: string;
}

/** Calls of OpenAI, a minute ago, that traces tell of, so that they cost money; until the ledger of this system has them all. */
export async function tellOfCalls(system: System, calls: readonly ToldCall[]): Promise<void> {
  const ms = Date.now() - 60_000;
  const spans = calls.map((call, at) => ({
    traceId: 'c'.repeat(32),
    spanId: (at + 1).toString(16).padStart(16, '0'),
    name: 'chat',
    startTimeUnixNano: `${ms + at}000000`,
    endTimeUnixNano: `${ms + at + 500}000000`,
    attributes: attributesOf(call, `response-${at}`),
  }));
  await post(system, '/otlp/v1/traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
  const told = async (): Promise<number | undefined> =>
    (await system.api<LedgerAnswer>('/api/v1/ledger?during=this-month&of=calls')).total.calls;
  await vi.waitUntil(async () => (await told()) === calls.length, { timeout: 60_000, interval: 100 });
}

function attributesOf({ model, inputTokens, outputTokens, workflow, team }: ToldCall, id: string): object[] {
  const said: Readonly<Record<string, string | number | undefined>> = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': model,
    'gen_ai.response.id': id,
    'gen_ai.usage.input_tokens': inputTokens,
    'gen_ai.usage.output_tokens': outputTokens,
    'setpoint.workflow': workflow,
    'setpoint.team': team,
  };
  return Object.entries(said)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({
      key,
      value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
    }));
}
