/** Saying no as OpenAI does: `{error: {message, type, param, code}}`. */
import { refusalHeaders } from '../refusal-headers.ts';
import { writeEvent } from '../sse.ts';
import type { Refusal, RefusalBody, RefusalCode } from '../wire.ts';

const TYPES: Readonly<Record<RefusalCode, string>> = {
  setpoint_unauthorized: 'authentication_error',
  setpoint_budget_exceeded: 'insufficient_quota',
  setpoint_policy_blocked: 'permission_error',
  setpoint_overloaded: 'server_error',
  setpoint_bad_request: 'invalid_request_error',
  setpoint_upstream_failed: 'server_error',
};

export function refusalBody(refusal: Refusal): RefusalBody {
  return { headers: refusalHeaders(refusal), body: bodyText(refusal) };
}

/** The blank lines end an event that the provider left open, so that this one is read as its own. */
export function refusalEvent(refusal: Refusal): string {
  return `\n\n${writeEvent(bodyText(refusal))}`;
}

function bodyText({ code, message, parameter }: Refusal): string {
  return JSON.stringify({ error: { message, type: TYPES[code], param: parameter ?? null, code } });
}
