import type { Refusal } from './wire.ts';

/**
 * Headers of a refusal. The official clients of both wires obey `x-should-retry`: without it they would repeat a call
 * that budget or policy will refuse again.
 */
export function refusalHeaders({ code, retryAfterSeconds }: Refusal): Readonly<Record<string, string>> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (retryAfterSeconds !== undefined)
    headers['retry-after'] = String(Math.max(0, Math.ceil(retryAfterSeconds)));
  else if (code === 'setpoint_budget_exceeded' || code === 'setpoint_policy_blocked')
    headers['x-should-retry'] = 'false';
  return headers;
}
