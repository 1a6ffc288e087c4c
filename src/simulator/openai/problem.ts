/** Errors as OpenAI words them. */
import type { Problem } from '../dialect.ts';
import type { JsonObject } from '../json.ts';

const TYPES: Readonly<Record<number, string>> = { 429: 'requests', 403: 'permission_error' };
const CODES: Readonly<Record<number, string>> = { 429: 'rate_limit_exceeded', 503: 'server_overloaded' };

export function problemBody(problem: Problem): JsonObject {
  const { status, message, parameter = null, code = CODES[status] ?? null } = problem;
  const type = TYPES[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
  return { error: { message, type, param: parameter, code } };
}

export function problemFrame(problem: Problem): string {
  return `data: ${JSON.stringify(problemBody(problem))}\n\n`;
}
