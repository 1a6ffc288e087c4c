/** Saying no as Anthropic does: `{type: 'error', error: {type, message}}`, with our code beside its type. */
import { refusalHeaders } from '../refusal-headers.ts';
import { writeEvent } from '../sse.ts';
import type { Refusal, RefusalBody, RefusalCode } from '../wire.ts';

/** Anthropic's word for a status, where it has one of its own. */
const TYPES_BY_STATUS: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

const TYPES: Readonly<Record<RefusalCode, string>> = {
  setpoint_unauthorized: 'authentication_error',
  setpoint_budget_exceeded: 'rate_limit_error',
  setpoint_policy_blocked: 'permission_error',
  setpoint_overloaded: 'overloaded_error',
  setpoint_bad_request: 'invalid_request_error',
  setpoint_upstream_failed: 'api_error',
};

export function refusalBody(refusal: Refusal): RefusalBody {
  return { headers: refusalHeaders(refusal), body: bodyText(refusal) };
}

/** The blank lines end an event that the provider left open, so that this one is read as its own. */
export function refusalEvent(refusal: Refusal): string {
  return `\n\n${writeEvent(bodyText(refusal), 'error')}`;
}

function bodyText({ code, status, message, parameter }: Refusal): string {
  const type = TYPES_BY_STATUS[status] ?? TYPES[code];
  const where = parameter === undefined ? {} : { param: parameter };
  return JSON.stringify({ type: 'error', error: { type, message, code, ...where } });
}
