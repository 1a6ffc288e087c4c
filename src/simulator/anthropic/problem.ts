/** Errors as Anthropic words them. */
import type { Problem } from '../dialect.ts';
import type { JsonObject } from '../json.ts';

const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  403: 'permission_error',
  404: 'not_found_error',
  405: 'invalid_request_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

export function problemBody(problem: Problem, requestId: string): JsonObject {
  return { ...errorObject(problem), request_id: requestId };
}

export function problemFrame(problem: Problem): string {
  return `event: error\ndata: ${JSON.stringify(errorObject(problem))}\n\n`;
}

function errorObject({ status, message, parameter }: Problem): JsonObject {
  const type = TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
  return {
    type: 'error',
    error: { type, message: parameter === undefined ? message : `${parameter}: ${message}` },
  };
}
