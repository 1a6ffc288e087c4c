/** Saying no as Google's APIs do: `{error: {code, message, status, details}}`, with our code as the reason. */
import { refusalHeaders } from '../refusal-headers.ts';
import { writeEvent } from '../sse.ts';
import type { FramingName, Refusal, RefusalBody } from '../wire.ts';

/** Google's word for a status. */
const STATUSES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  402: 'RESOURCE_EXHAUSTED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

export function refusalBody(refusal: Refusal): RefusalBody {
  return { headers: refusalHeaders(refusal), body: bodyText(refusal) };
}

/** In an array the error is its last element; blank lines end an event that the provider left open. */
export function refusalEvent(refusal: Refusal, framing: FramingName): string {
  const body = bodyText(refusal);
  return framing === 'json-array' ? `,\n${body}\n]` : `\n\n${writeEvent(body)}`;
}

function bodyText({ code, status, message, parameter, retryAfterSeconds }: Refusal): string {
  const details: unknown[] = [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: code, domain: 'setpoint' },
  ];
  if (parameter !== undefined)
    details.push({
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: [{ field: parameter, description: message }],
    });
  if (retryAfterSeconds !== undefined)
    details.push({
      '@type': 'type.googleapis.com/google.rpc.RetryInfo',
      retryDelay: `${Math.max(0, Math.ceil(retryAfterSeconds))}s`,
    });
  return JSON.stringify({
    error: { code: status, message, status: STATUSES[status] ?? 'UNKNOWN', details },
  });
}
