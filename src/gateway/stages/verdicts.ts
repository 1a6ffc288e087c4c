/** What an attempt, and a request, say of whether to try again: no state. */
import { ENDPOINTS } from '../call.ts';
import type { Settlement } from '../call.ts';
import type { Refusal } from '../wires/wire.ts';
import type { IntendedCall } from './intend.ts';

/** What is counted by tokens, or only reads, can be asked twice; what makes something (a file, a batch) may be there already. */
export function isRepeatable({ upload, method, target }: IntendedCall): boolean {
  return upload === undefined && (method === 'GET' || ENDPOINTS[target.endpoint] === 'counted');
}

export function breakerId({ route, caller }: IntendedCall): string {
  const key = caller.kind === 'pass-through' ? caller.secret : '';
  return `${route.provider.name} ${route.provider.dialect} ${route.model} ${key}`;
}

/** What a breaker stands for, without the credential that is in its id. */
export function brokenRoute(id: string): { provider: string; dialect: string; model: string } {
  const [provider = '', dialect = '', model = ''] = id.split(' ');
  return { provider, dialect, model };
}

const FIRST_FAILURE = 500;

/** 429 and other refusals of a request come from a provider that is there. */
export function verdictOf(settlement: Settlement | undefined): 'answered' | 'failed' | 'unknown' {
  if (settlement === undefined || settlement.status === 'client_aborted') return 'unknown';
  if (settlement.status === 'upstream_failed' || settlement.httpStatus >= FIRST_FAILURE) return 'failed';
  return 'answered';
}

export const NOTHING_RECORDABLE: Refusal = {
  code: 'setpoint_overloaded',
  status: 503,
  message:
    'The journal cannot be written, so this call could not be recorded. It was not sent to a provider and nothing was charged. Try again shortly.',
  retryAfterSeconds: 1,
};
