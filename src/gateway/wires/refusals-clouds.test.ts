import { EventStreamCodec } from '@smithy/eventstream-codec';
import { describe, expect, it } from 'vitest';

import { refusalBody as bedrockBody, refusalEvent as bedrockEvent } from './bedrock-converse/refusal.ts';
import { refusalBody as googleBody, refusalEvent as googleEvent } from './google-generate/refusal.ts';
import { jsonArray } from './json-array.ts';
import { sse } from './sse.ts';
import type { Refusal, RefusalCode } from './wire.ts';

const refusal = (code: RefusalCode, status: number, more: Partial<Refusal> = {}): Refusal => ({
  code,
  status,
  message: 'Because.',
  ...more,
});

describe('refusals of the clouds', () => {
  it.each([
    ['setpoint_unauthorized', 401, 'UNAUTHENTICATED', 'AccessDeniedException'],
    ['setpoint_budget_exceeded', 429, 'RESOURCE_EXHAUSTED', 'ServiceQuotaExceededException'],
    ['setpoint_budget_exceeded', 402, 'RESOURCE_EXHAUSTED', 'ServiceQuotaExceededException'],
    ['setpoint_policy_blocked', 403, 'PERMISSION_DENIED', 'AccessDeniedException'],
    ['setpoint_overloaded', 503, 'UNAVAILABLE', 'ServiceUnavailableException'],
    ['setpoint_overloaded', 429, 'RESOURCE_EXHAUSTED', 'ThrottlingException'],
    ['setpoint_bad_request', 400, 'INVALID_ARGUMENT', 'ValidationException'],
    ['setpoint_bad_request', 404, 'NOT_FOUND', 'ResourceNotFoundException'],
    ['setpoint_bad_request', 413, 'INVALID_ARGUMENT', 'ValidationException'],
    ['setpoint_upstream_failed', 502, 'UNAVAILABLE', 'ModelErrorException'],
    ['setpoint_upstream_failed', 504, 'DEADLINE_EXCEEDED', 'ModelTimeoutException'],
    ['setpoint_upstream_failed', 418, 'UNKNOWN', 'InternalServerException'],
  ] as const)('%s %i', (code, status, googleStatus, exception) => {
    const said = refusal(code, status);
    expect(JSON.parse(googleBody(said).body)).toEqual({
      error: {
        code: status,
        message: 'Because.',
        status: googleStatus,
        details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: code, domain: 'setpoint' }],
      },
    });
    expect(JSON.parse(bedrockBody(said).body)).toEqual({ message: 'Because.', code });
    expect(bedrockBody(said).headers).toMatchObject({
      'x-amzn-errortype': exception,
      'content-type': 'application/json',
    });
  });

  it('name the field and the wait', () => {
    const said = refusal('setpoint_overloaded', 503, { parameter: 'contents[1]', retryAfterSeconds: 1.2 });
    const { details } = (JSON.parse(googleBody(said).body) as { error: { details: object[] } }).error;
    expect(details.slice(1)).toEqual([
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [{ field: 'contents[1]', description: 'Because.' }],
      },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2s' },
    ]);
    expect(JSON.parse(bedrockBody(said).body)).toMatchObject({ parameter: 'contents[1]' });
    for (const { headers } of [googleBody(said), bedrockBody(said)]) expect(headers['retry-after']).toBe('2');
  });

  it('inside Google’s streams are events and elements of their own', () => {
    const said = refusal('setpoint_upstream_failed', 502);
    const body = googleBody(said).body;
    const events = sse.splitter({ maximumEventBytes: 9_999 });
    events.push(Buffer.from('data: {"half'));
    expect(events.push(Buffer.from(googleEvent(said, 'sse'))).map(({ data }) => data)).toContain(body);
    const array = `[{"a":1}${googleEvent(said, 'json-array')}`;
    expect(JSON.parse(array)).toEqual([{ a: 1 }, JSON.parse(body)]);
    const elements = jsonArray.splitter({ maximumEventBytes: 9_999 });
    expect(elements.push(Buffer.from(array)).map(({ data }) => data)).toEqual(['{"a":1}', body]);
  });

  it('inside Bedrock’s streams are exceptions that Amazon’s codec reads', () => {
    const codec = new EventStreamCodec(
      (bytes) => Buffer.from(bytes as Uint8Array).toString(),
      (text) => new Uint8Array(Buffer.from(text)),
    );
    const { headers, body } = codec.decode(
      new Uint8Array(bedrockEvent(refusal('setpoint_upstream_failed', 502))),
    );
    expect(headers[':exception-type']?.value).toBe('modelStreamErrorException');
    expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({ code: 'setpoint_upstream_failed' });
  });
});
