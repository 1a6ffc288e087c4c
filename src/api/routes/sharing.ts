/** `/api/v1/attribution/splits|allocations`: shared cost divided among those who share it. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import { answering, attributingOf, idParams, readMonths, WRITE_PROBLEMS } from '../attributing.ts';
import { API_PREFIX } from '../contract.ts';
import {
  AllocationList,
  AllocationsQuery,
  DuringAsk,
  MonthAsk,
  NewSplit,
  Split,
  SplitList,
  SplitOutcomes,
} from '../contract/sharing.ts';
import type {
  Allocation,
  NewSplit as NewSplitWords,
  Split as SplitWords,
  SplitOutcome as OutcomeWords,
} from '../contract/sharing.ts';
import { recordOf } from '../../inform/attribution/attribution.ts';
import type {
  Split as SplitModel,
  SplitDraft,
  SplitMethod,
  SplitOutcome,
  SplitRecord,
  SplitTarget,
} from '../../inform/attribution/attribution.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuse, refuseFields } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

type App = OpenAPIHono<ApiEnvironment>;

export function mountSharing(app: App, parts: ApiParts): void {
  mountSplitDecisions(app, parts);
  mountSplitPreview(app, parts);
  mountSplitApply(app, parts);
  mountSplitReverse(app, parts);
  mountAllocations(app, parts);
}

function mountSplitDecisions(app: App, parts: ApiParts): void {
  const list = secured(parts.access, 'attribution:read', {
    method: 'get',
    path: `${API_PREFIX}/attribution/splits`,
    operationId: 'listSplits',
    summary: 'Splits of shared cost in force',
    tags: ['attribution'],
    responses: { 200: jsonOf(SplitList, 'Splits.'), ...problemsOf('login_needed') },
  });
  app.openapi(list, async (context) =>
    context.json({ splits: (await attributingOf(parts).splits()).map(toSplit) }, 200),
  );
  const decide = secured(parts.access, 'attribution:write', {
    method: 'post',
    path: `${API_PREFIX}/attribution/splits`,
    operationId: 'decideSplit',
    summary: 'Add a split, or the next version of one; it divides nothing until it is applied',
    tags: ['attribution'],
    request: { body: { required: true, content: { 'application/json': { schema: NewSplit } } } },
    responses: { 201: jsonOf(Split, 'The split.'), ...WRITE_PROBLEMS },
  });
  app.openapi(decide, async (context) => {
    const ask = context.req.valid('json');
    const decided = await attributingOf(parts).decideSplit(
      toDraft(ask),
      ask.reason ?? '',
      context.get('actor'),
    );
    if (decided.kind === 'problems') return refuseFields(context, decided.problems);
    const { id, version, body } = decided.decision;
    return context.json(toSplit({ ...body, id, version } as unknown as SplitModel), 201);
  });
  const withdraw = secured(parts.access, 'attribution:write', {
    method: 'delete',
    path: `${API_PREFIX}/attribution/splits/{id}`,
    operationId: 'withdrawSplit',
    summary: 'Withdraw a split; what it divided stays divided until it is reversed',
    tags: ['attribution'],
    request: { params: idParams },
    responses: { 200: jsonOf(Split, 'The withdrawn split.'), ...WRITE_PROBLEMS },
  });
  app.openapi(withdraw, async (context) => {
    const { id } = context.req.valid('param');
    const decision = await attributingOf(parts).withdraw('split', id, '', context.get('actor'));
    if (decision === undefined) return refuse(context, 'not_found', noSplit(id));
    return context.json(
      toSplit({ ...decision.body, id, version: decision.version } as unknown as SplitModel),
      200,
    );
  });
}

function noSplit(id: string): string {
  return `There is no split "${id}" in force. Nothing was changed. "setpoint attribution split list" shows the ids.`;
}

function mountSplitPreview(app: App, parts: ApiParts): void {
  const route = secured(parts.access, 'attribution:read', {
    method: 'post',
    path: `${API_PREFIX}/attribution/splits/{id}/preview`,
    operationId: 'previewSplit',
    summary: 'What a split would give to whom in a month; nothing is written',
    tags: ['attribution'],
    request: {
      params: idParams,
      body: { required: true, content: { 'application/json': { schema: MonthAsk } } },
    },
    responses: { 200: jsonOf(SplitOutcomes, 'The preview.'), ...WRITE_PROBLEMS },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { month } = context.req.valid('json');
    const split = (await attributingOf(parts).splits()).find((one) => one.id === id);
    if (split === undefined) return refuse(context, 'not_found', noSplit(id));
    return answering(context, async () => {
      const record = await attributingOf(parts).previewSplit(split, month);
      const outcome =
        'kind' in record
          ? toOutcome(record)
          : { ...toOutcome({ kind: 'split', month, record, lines: 0 }), kind: 'preview' as const };
      const shown = outcome.allocation && { ...outcome.allocation, lines: null };
      return context.json({ currency: 'USD' as const, outcomes: [{ ...outcome, allocation: shown }] }, 200);
    });
  });
}

function mountSplitApply(app: App, parts: ApiParts): void {
  const route = secured(parts.access, 'attribution:write', {
    method: 'post',
    path: `${API_PREFIX}/attribution/splits/{id}/apply`,
    operationId: 'applySplit',
    summary: 'Divides what was not divided yet, month by month, with correcting lines',
    tags: ['attribution'],
    request: {
      params: idParams,
      body: { required: true, content: { 'application/json': { schema: DuringAsk } } },
    },
    responses: { 200: jsonOf(SplitOutcomes, 'What was divided.'), ...WRITE_PROBLEMS },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const split = (await attributingOf(parts).splits()).find((one) => one.id === id);
    if (split === undefined) return refuse(context, 'not_found', noSplit(id));
    const during = readMonths(context.req.valid('json').during, parts.now());
    if ('message' in during) return refuseFields(context, [during]);
    return answering(context, async () => {
      const outcomes = await attributingOf(parts).applySplit(split, { during, actor: context.get('actor') });
      return context.json({ currency: 'USD' as const, outcomes: outcomes.map(toOutcome) }, 200);
    });
  });
}

function mountSplitReverse(app: App, parts: ApiParts): void {
  const route = secured(parts.access, 'attribution:write', {
    method: 'post',
    path: `${API_PREFIX}/attribution/splits/{id}/reverse`,
    operationId: 'reverseSplit',
    summary: 'Takes back what a split divided in a month, to the picodollar',
    tags: ['attribution'],
    request: {
      params: idParams,
      body: { required: true, content: { 'application/json': { schema: MonthAsk } } },
    },
    responses: {
      200: jsonOf(SplitOutcomes, 'What was taken back; empty when nothing stood.'),
      ...WRITE_PROBLEMS,
    },
  });
  app.openapi(route, async (context) => {
    const { id } = context.req.valid('param');
    const { month } = context.req.valid('json');
    return answering(context, async () => {
      const outcomes = await attributingOf(parts).reverseSplit({
        split: id,
        month,
        actor: context.get('actor'),
      });
      return context.json({ currency: 'USD' as const, outcomes: outcomes.map(toOutcome) }, 200);
    });
  });
}

function mountAllocations(app: App, parts: ApiParts): void {
  const route = secured(parts.access, 'attribution:read', {
    method: 'get',
    path: `${API_PREFIX}/attribution/allocations`,
    operationId: 'listAllocations',
    summary: 'What splits divided in a month, by which method and ratios (FOCUS split allocation)',
    tags: ['attribution'],
    request: { query: AllocationsQuery },
    responses: { 200: jsonOf(AllocationList, 'Allocations.'), ...problemsOf('bad_request', 'login_needed') },
  });
  app.openapi(route, async (context) => {
    const standing = await attributingOf(parts).allocations(context.req.valid('query').month);
    const allocations = standing.map((one) => toAllocation(one.id, recordOf(one), one.lines ?? null));
    return context.json({ currency: 'USD' as const, allocations }, 200);
  });
}

function toDraft({ id, name, from, until, source, method }: NewSplitWords): SplitDraft {
  return {
    id,
    from,
    name: name ?? id,
    source: source.kind === 'amount' ? { ...source, account: source.account ?? '' } : source,
    method: toMethod(method),
    ...(until !== undefined && { until }),
  };
}

function toMethod(method: NewSplitWords['method']): SplitMethod {
  if (method.kind === 'usage') return { ...method, workflows: method.workflows ?? [] };
  const targetOf = ({ workflow, team = '', customer = '' }: Partial<SplitTarget>): SplitTarget => ({
    workflow: workflow ?? '',
    team,
    customer,
  });
  return method.kind === 'even'
    ? { kind: 'even', targets: method.targets.map((one) => targetOf(one as Partial<SplitTarget>)) }
    : {
        kind: 'weights',
        targets: method.targets.map((one) => ({
          ...targetOf(one as Partial<SplitTarget>),
          weight: one.weight ?? '0',
        })),
      };
}

function toSplit({ id, version, name, source, method, from, until }: SplitModel): SplitWords {
  return {
    id,
    version,
    name,
    source,
    method: structuredClone(method) as SplitWords['method'],
    from,
    until: until ?? null,
  };
}

function toOutcome(outcome: SplitOutcome): OutcomeWords {
  const { kind, month } = outcome;
  if (kind === 'left')
    return { kind, month, amount: outcome.amount, reason: outcome.reason, allocation: null };
  const { record, lines } = outcome;
  return { kind, month, amount: record.amount, reason: '', allocation: toAllocation(null, record, lines) };
}

function toAllocation(id: string | null, record: SplitRecord, lines: number | null): Allocation {
  const { split, month, method, amount, forMonth, atMs } = record;
  return {
    id,
    split,
    month,
    method,
    amount,
    bookedIn: forMonth === undefined ? null : new Date(atMs).toISOString().slice(0, 7),
    shares: record.shares.map(({ target, ratio, amount: own }) => ({ ...target, ratio, amount: own })),
    lines,
  };
}
