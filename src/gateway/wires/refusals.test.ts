import { describe, expect, it } from 'vitest';

import {
  refusalBody as anthropicBody,
  refusalEvent as anthropicEvent,
} from './anthropic-messages/refusal.ts';
import { refusalBody as openaiBody, refusalEvent as openaiEvent } from './openai-chat/refusal.ts';
import { createEventSplitter } from './sse.ts';
import type { Refusal, RefusalCode } from './wire.ts';

const refusal = (code: RefusalCode, status: number, more: Partial<Refusal> = {}): Refusal => ({
  code,
  status,
  message: 'Because.',
  ...more,
});

describe('refusals', () => {
  it.each([
    ['setpoint_unauthorized', 401, 'authentication_error', 'authentication_error'],
    ['setpoint_budget_exceeded', 429, 'insufficient_quota', 'rate_limit_error'],
    ['setpoint_budget_exceeded', 402, 'insufficient_quota', 'billing_error'],
    ['setpoint_policy_blocked', 403, 'permission_error', 'permission_error'],
    ['setpoint_overloaded', 503, 'server_error', 'overloaded_error'],
    ['setpoint_bad_request', 400, 'invalid_request_error', 'invalid_request_error'],
    ['setpoint_bad_request', 404, 'invalid_request_error', 'not_found_error'],
    ['setpoint_bad_request', 413, 'invalid_request_error', 'request_too_large'],
    ['setpoint_upstream_failed', 502, 'server_error', 'api_error'],
    ['setpoint_upstream_failed', 504, 'server_error', 'timeout_error'],
  ] as const)('%s %i', (code, status, openaiType, anthropicType) => {
    const said = refusal(code, status);
    expect(JSON.parse(openaiBody(said).body)).toEqual({
      error: { message: 'Because.', type: openaiType, param: null, code },
    });
    expect(JSON.parse(anthropicBody(said).body)).toEqual({
      type: 'error',
      error: { type: anthropicType, message: 'Because.', code },
    });
  });

  it('name the field, the wait, and whether to try again', () => {
    const said = refusal('setpoint_budget_exceeded', 429, {
      parameter: 'messages[3].role',
      retryAfterSeconds: 1.2,
    });
    for (const { headers, body } of [openaiBody(said), anthropicBody(said)]) {
      expect(headers).toEqual({ 'content-type': 'application/json', 'retry-after': '2' });
      expect(body).toContain('"param":"messages[3].role"');
    }
    expect(openaiBody(refusal('setpoint_budget_exceeded', 429)).headers).toHaveProperty(
      'x-should-retry',
      'false',
    );
    expect(openaiBody(refusal('setpoint_overloaded', 503)).headers).not.toHaveProperty('x-should-retry');
  });

  it('inside a stream are events of their own, even after half an event', () => {
    const said = refusal('setpoint_upstream_failed', 502);
    for (const [event, body] of [
      [openaiEvent(said), openaiBody(said).body],
      [anthropicEvent(said), anthropicBody(said).body],
    ] as const) {
      const events = createEventSplitter({ maximumEventBytes: 1_000 }).push(
        Buffer.from(`data: {"half":${event}`),
      );
      expect(events.at(-1)?.data).toBe(body);
    }
    expect(anthropicEvent(said)).toContain('event: error\n');
  });
});
