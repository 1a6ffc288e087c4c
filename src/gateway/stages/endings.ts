/** How an attempt can end, in words, headers and values; no state. */
import type { Charge, Settlement } from '../call.ts';
import { EgressRefused } from '../egress/connector.ts';
import { formatDollars } from '../../units/money.ts';
import type { JsonValue, Reading, Refusal } from '../wires/wire.ts';
import { UploadTooLarge, UploadTooSlow } from './upload.ts';

/** What is known of an answer that was never read. */
export const EMPTY_READING: Reading = {
  parts: [],
  modelReturned: '',
  responseId: '',
  finishReason: '',
  serviceTier: '',
  geo: '',
  providerCost: undefined,
  complete: false,
  failed: false,
  output: { text: '', reasoning: '', toolCalls: '' },
};

/** The provider compressed its answer although it was asked not to. */
export class CompressedAnswer extends Error {
  readonly code = 'COMPRESSED_ANSWER';
  constructor() {
    super('the provider compressed its answer although it was asked not to');
  }
}

/** A stream came to more than its budgets had left. */
export class BudgetStop extends Error {
  readonly code = 'BUDGET_STOP';
  constructor() {
    super('the budgets of this call had no more for it');
  }
}

export function upstreamFailed(
  error: NodeJS.ErrnoException | undefined,
  answered: boolean,
  sent: boolean,
): Refusal {
  const code = error?.code ?? '';
  if (error instanceof BudgetStop)
    return {
      code: 'setpoint_budget_exceeded',
      status: 429,
      message:
        "This answer was stopped: it came to more than was reserved for it, and its budget has no more. What was delivered is charged as counted. Ask for a shorter answer, or ask the budget's owner to raise it.",
    };
  if (error instanceof UploadTooLarge)
    return {
      code: 'setpoint_bad_request',
      status: 413,
      message:
        'The upload is larger than limits.uploadBytes in setpoint.yaml allows, so it was cut off on its way and the provider cannot use it. Send less, or raise the limit.',
    };
  if (error instanceof UploadTooSlow)
    return {
      code: 'setpoint_bad_request',
      status: 408,
      message:
        'The upload came too slowly, so it was cut off on its way and the provider cannot use it. Send it faster, or lower limits.clientSendBytesPerSecond in setpoint.yaml.',
    };
  if (error instanceof EgressRefused) return egressRefused(error);
  return {
    code: 'setpoint_upstream_failed',
    status: /TIMEOUT/.test(code) ? 504 : 502,
    message: answered
      ? 'The provider closed its answer before the end. What was delivered is charged as counted; try again.'
      : sent
        ? `The provider gave no usable answer${code === '' ? '' : ` (${code})`}. It may have been charged: the ledger holds a presumed line until that is known. Try again.`
        : `The provider could not be reached (${code}). Nothing was sent and nothing was charged. Check the provider's baseUrl, its key and the network.`,
  };
}

/** The range is named and the address is not: callers need not learn how a company numbers its network. */
function egressRefused({ range }: EgressRefused): Refusal {
  const todo = range.grantable
    ? 'If it is meant to be called, grant it: allowPrivate of this provider in setpoint.yaml.'
    : 'No setting allows that: correct the baseUrl of this provider, or its name service.';
  return {
    code: 'setpoint_upstream_failed',
    status: 502,
    message: `The provider was not called, since its address lies in ${range.cidr} (${range.holds}). Nothing was sent and nothing was charged. ${todo} "setpoint doctor" shows the address.`,
  };
}

/** Strict durability promises that an answer's end is behind its record on the disk, so the end is kept back. */
export const NOT_ON_DISK: Refusal = {
  code: 'setpoint_overloaded',
  status: 503,
  message:
    'The provider answered, but the disk did not take the record of it, and durability is strict: so this answer is not passed on as done. ' +
    'Its cost is kept, as presumed where the record itself is lost. Repair or free the disk; calls are taken again by themselves.',
};

const UNREACHABLE: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
]);

/** Whether an error before anything was sent says that the provider could not be reached; others would only come again. */
export function isUnreachable(error: NodeJS.ErrnoException): boolean {
  const errors = error instanceof AggregateError ? (error.errors as NodeJS.ErrnoException[]) : [error];
  return errors.some(({ code }) => UNREACHABLE.has(code ?? ''));
}

/** How a kept connection that the provider closed under a request shows, and how soon it must. */
const STALE_WITHIN_MS = 1_000;
const STALE_SOCKET: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/**
 * Whether a kept connection was closed under a request: no byte of an answer, at once, from a provider that had
 * answered on this pool before. That proves reuse only where undici tells; else it is the likely reading.
 */
export function closedUnder(error: Error, afterMs: number): boolean {
  const { code, socket } = error as NodeJS.ErrnoException & {
    readonly socket?: { readonly bytesRead?: number };
  };
  if (!STALE_SOCKET.has(code ?? '') || afterMs > STALE_WITHIN_MS) return false;
  return socket?.bytesRead === undefined || socket.bytesRead > 0;
}

/** What a reading says of itself, beside what the exchange knows. An answer that says it failed has failed. */
export function settlementOf(
  reading: Reading,
  known: Omit<Settlement, 'finishReason' | 'modelReturned' | 'responseId' | 'serviceTier' | 'geo'> & {
    readonly finishReason?: string;
  },
): Settlement {
  const { finishReason, modelReturned, responseId, serviceTier, geo, failed } = reading;
  return {
    finishReason,
    modelReturned,
    responseId,
    serviceTier,
    geo,
    ...known,
    status: known.status === 'ok' && failed ? 'upstream_error' : known.status,
  };
}

export function parseQuietly(body: Buffer): JsonValue {
  try {
    return JSON.parse(body.toString('utf8')) as JsonValue;
  } catch {
    return null; // not JSON: the meter reads nothing and the output is counted
  }
}

export function costHeader(charges: readonly Charge[]): Record<string, string> {
  let total = 0n;
  for (const { cost } of charges) {
    if (cost.kind === 'unpriced') return {}; // unknown is not zero
    total += cost.total;
  }
  return { 'x-setpoint-cost': formatDollars(total) };
}
