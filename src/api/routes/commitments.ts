/** `/api/v1/attribution/commitments`: capacity that is paid for by the hour, used or not. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import { answering, attributingOf, idParams, readMonths, WRITE_PROBLEMS } from '../attributing.ts';
import { API_PREFIX } from '../contract.ts';
import { Commitment, CommitmentList, DuringAsk, NewCommitment, PostedPeriods } from '../contract/sharing.ts';
import type { Commitment as CommitmentModel } from '../../inform/attribution/attribution.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuse, refuseFields } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

type App = OpenAPIHono<ApiEnvironment>;

export function mountCommitments(app: App, parts: ApiParts): void {
  mountCommitmentDecisions(app, parts);
  mountCommitmentPost(app, parts);
}

function mountCommitmentDecisions(app: App, parts: ApiParts): void {
  const list = secured(parts.access, 'attribution:read', {
    method: 'get',
    path: `${API_PREFIX}/attribution/commitments`,
    operationId: 'listCommitments',
    summary: 'Capacity that is paid for by the hour, used or not',
    tags: ['attribution'],
    responses: { 200: jsonOf(CommitmentList, 'Commitments.'), ...problemsOf('login_needed') },
  });
  app.openapi(list, async (context) =>
    context.json({ commitments: (await attributingOf(parts).commitments()).map(toCommitment) }, 200),
  );
  const decide = secured(parts.access, 'attribution:write', {
    method: 'post',
    path: `${API_PREFIX}/attribution/commitments`,
    operationId: 'decideCommitment',
    summary:
      'Add a commitment, or the next version of one; its days or months become lines when they are posted',
    tags: ['attribution'],
    request: { body: { required: true, content: { 'application/json': { schema: NewCommitment } } } },
    responses: { 201: jsonOf(Commitment, 'The commitment.'), ...WRITE_PROBLEMS },
  });
  app.openapi(decide, async (context) => {
    const {
      reason = '',
      from,
      until,
      account = '',
      model = '',
      lines = 'daily',
      tokensPerHour,
      ...rest
    } = context.req.valid('json');
    const draft = {
      ...rest,
      account,
      model,
      lines,
      fromMs: Date.parse(from),
      ...(until !== undefined && { untilMs: Date.parse(until) }),
      ...(tokensPerHour !== undefined && { tokensPerHour }),
    };
    const decided = await attributingOf(parts).decideCommitment(draft, reason, context.get('actor'));
    if (decided.kind === 'problems') return refuseFields(context, decided.problems);
    return context.json(toCommitment({ ...draft, version: decided.decision.version }), 201);
  });
  const withdraw = secured(parts.access, 'attribution:write', {
    method: 'delete',
    path: `${API_PREFIX}/attribution/commitments/{id}`,
    operationId: 'withdrawCommitment',
    summary: 'Withdraw a commitment; what was posted of it stays',
    tags: ['attribution'],
    request: { params: idParams },
    responses: { 200: jsonOf(Commitment, 'The withdrawn commitment.'), ...WRITE_PROBLEMS },
  });
  app.openapi(withdraw, async (context) => {
    const { id } = context.req.valid('param');
    const decision = await attributingOf(parts).withdraw('commitment', id, '', context.get('actor'));
    if (decision === undefined) return refuse(context, 'not_found', noCommitment(id));
    const { body, version } = decision;
    return context.json(toCommitment({ ...body, id, version } as unknown as CommitmentModel), 200);
  });
}

function noCommitment(id: string): string {
  return `There is no commitment "${id}" in force. Nothing was changed. "setpoint attribution commitment list" shows the ids.`;
}

function mountCommitmentPost(app: App, parts: ApiParts): void {
  const route = secured(parts.access, 'attribution:write', {
    method: 'post',
    path: `${API_PREFIX}/attribution/commitments/{id}/post`,
    operationId: 'postCommitment',
    summary: 'Posts the days or months of a commitment that are over and not posted, as lines under `unused`',
    tags: ['attribution'],
    request: {
      params: idParams,
      body: { required: true, content: { 'application/json': { schema: DuringAsk } } },
    },
    responses: { 200: jsonOf(PostedPeriods, 'What was posted.'), ...WRITE_PROBLEMS },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const attributing = attributingOf(parts);
    const commitment = (await attributing.commitments()).find((one) => one.id === id);
    if (commitment === undefined) return refuse(context, 'not_found', noCommitment(id));
    const during = readMonths(context.req.valid('json').during, parts.now());
    if ('message' in during) return refuseFields(context, [during]);
    return answering(context, async () => {
      const periods = await attributing.postCommitment(commitment, { during, actor: context.get('actor') });
      return context.json({ currency: 'USD' as const, periods }, 200);
    });
  });
}

function toCommitment(commitment: CommitmentModel) {
  const { id, version, provider, account, model, hourly, fromMs, untilMs, lines, tokensPerHour } = commitment;
  return {
    id,
    version,
    provider,
    account,
    model,
    hourly,
    from: new Date(fromMs).toISOString(),
    until: untilMs === undefined ? null : new Date(untilMs).toISOString(),
    lines,
    tokensPerHour: tokensPerHour ?? null,
  };
}
