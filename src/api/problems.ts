/** Everything that the API can refuse, in one catalogue, answered as problem+json (RFC 9457). */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

import type { ApiEnvironment } from './parts.ts';

export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

export const PROBLEMS = {
  bad_request: { status: 400, title: 'The request cannot be understood' },
  login_needed: { status: 401, title: 'A login is needed' },
  not_allowed: { status: 403, title: 'Not allowed' },
  host_not_allowed: { status: 403, title: 'Unknown host name' },
  origin_not_allowed: { status: 403, title: 'Request from another site' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  idempotency_conflict: { status: 409, title: 'The idempotency key was used for another request' },
  key_not_active: { status: 409, title: 'The key is not active' },
  not_here: { status: 409, title: 'This server cannot do that' },
  not_a_demo: { status: 409, title: 'This is no demo' },
  price_refused: { status: 422, title: 'The price was not taken' },
  budget_exists: { status: 409, title: 'There is such a budget already' },
  budget_of_settings: { status: 409, title: 'This budget stands in the settings' },
  budgets_full: { status: 409, title: 'There are as many budgets as there can be' },
  version_moved: { status: 409, title: 'Somebody decided in between' },
  scenario_exists: { status: 409, title: 'There is such a scenario already' },
  plan_settled: { status: 409, title: 'The plan is locked or withdrawn' },
  view_exists: { status: 409, title: 'There is such a view already' },
  view_changed: { status: 409, title: 'The view was changed in the meantime' },
  views_full: { status: 409, title: 'There are as many views as there can be' },
  months_locked: { status: 409, title: 'Closed months do not move' },
  too_large: { status: 413, title: 'The request is too large' },
  unsupported_media_type: { status: 415, title: 'Send JSON' },
  internal_error: { status: 500, title: 'Something in Setpoint failed' },
  gateway_unreachable: { status: 502, title: 'The gateway does not answer' },
  ledger_unavailable: { status: 503, title: 'The ledger does not answer' },
  registry_unavailable: { status: 503, title: 'The registry does not answer' },
  stands_by: { status: 503, title: 'Another control leads' },
  busy: { status: 503, title: 'Too many at once' },
} as const satisfies Record<string, { status: ContentfulStatusCode; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Answers with a problem. `detail` says what happened, what it means and what to do; it never holds a secret. */
export function refuse(
  context: Context<ApiEnvironment>,
  code: ProblemCode,
  detail: string,
  errors: readonly FieldProblem[] = [],
) {
  const { status, title } = PROBLEMS[code];
  const body = {
    type: `urn:setpoint:problem:${code}`,
    title,
    status,
    detail,
    instance: context.req.path,
    code,
    errors: [...errors],
    request_id: context.get('requestId'),
  };
  return context.body(JSON.stringify(body), status, { 'content-type': 'application/problem+json' }) as never;
}

export function refuseFields(context: Context<ApiEnvironment>, errors: readonly FieldProblem[]) {
  return refuse(
    context,
    'bad_request',
    errors.map(({ path, message }) => `${path}: ${message}`).join('; '),
    errors,
  );
}
