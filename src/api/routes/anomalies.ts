/** `/api/v1/anomalies` (what is out of the ordinary, and what people said of it) and `/api/v1/changes` (why spend changed). */
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';

import {
  BAND_COVERAGE,
  findAnomalies,
  findingsSentence,
  shapeSentence,
  spendSentence,
} from '../../inform/anomalies/anomalies.ts';
import type { Findings, ShapeAnomaly, SpendAnomaly } from '../../inform/anomalies/anomalies.ts';
import type { AnomalyNote, AnomalyState } from '../../registry/registry.ts';
import { readScope } from '../asking.ts';
import type { Scope } from '../asking.ts';
import {
  Anomalies,
  AnomaliesQuery,
  AnomalyNote as NoteAnswer,
  NewAnomalyNote,
} from '../contract/anomalies.ts';
import type { AnomaliesAnswer } from '../contract/anomalies.ts';
import { API_PREFIX } from '../contract.ts';
import { ledgerFor } from '../leaving.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuseFields } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';
import { anomaliesTable } from '../tables/anomalies.ts';
import { formatOf, jsonOrFile, questionText, sendFile } from '../tabling.ts';

const DEFAULT_PERIOD = '30d';
const DEFAULT_LEAST_DOLLARS = 1;
const EXPLAINED = 10;
const HOUR_MS = 3_600_000;

export function mountAnomalies(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  mountFind(app, parts);
  mountNotes(app, parts);
}

function mountFind(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/anomalies`,
    operationId: 'findAnomalies',
    summary: 'Hours that cost more or less than expected, and drivers that crept or stepped',
    tags: ['anomalies'],
    request: { query: AnomaliesQuery },
    responses: {
      200: jsonOrFile(Anomalies, 'Findings, largest first.'),
      ...problemsOf('bad_request', 'login_needed', 'ledger_unavailable'),
    },
  });
  app.openapi(route, async (context) => {
    const { leastDollars = DEFAULT_LEAST_DOLLARS, ...query } = context.req.valid('query');
    const now = parts.now();
    const scope = readScope(
      { ...query, during: query.during ?? DEFAULT_PERIOD },
      { nowMs: now, timeZone: parts.timeZone },
    );
    if (scope.kind === 'problems') return refuseFields(context, scope.problems);
    const { during, where } = scope.value;
    const notes = lastWords(await parts.registry.anomalies.list());
    const span = { fromMs: during.fromMs, toMs: Math.min(during.toMs, now) };
    const findings = await findAnomalies(ledgerFor(parts, context), {
      during: span,
      where,
      leastDollars,
      explain: EXPLAINED,
      expected: [...notes.values()]
        .filter(({ state }) => state === 'expected')
        .map(({ fromMs, toMs, workflow }) => ({ span: { fromMs, toMs }, workflow })),
    });
    const body = present(findings, notes, scope.value, span);
    const format = formatOf(context, query.format);
    if (format === undefined) return context.json(body, 200);
    const name = ['anomalies', scope.value.duringText];
    return sendFile(context, format, anomaliesTable(body, questionText(context)), { name });
  });
}

function mountNotes(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'anomalies:write', {
    method: 'post',
    path: `${API_PREFIX}/anomalies/{id}/notes`,
    operationId: 'noteAnomaly',
    summary:
      'Say what an anomaly is: acknowledged, expected (nothing is learned from it), resolved, open again',
    tags: ['anomalies'],
    request: {
      params: z.object({
        id: z
          .string()
          .regex(/^[0-9a-f]{12}$/)
          .openapi({ param: { name: 'id', in: 'path' } }),
      }),
      body: { required: true, content: { 'application/json': { schema: NewAnomalyNote } } },
    },
    responses: {
      201: jsonOf(NoteAnswer, 'The note.'),
      ...problemsOf(
        'bad_request',
        'login_needed',
        'origin_not_allowed',
        'version_moved',
        'too_large',
        'unsupported_media_type',
      ),
    },
  });
  app.openapi(route, async (context) => {
    const { state, note = '', workflow, from, to, ifState } = context.req.valid('json');
    const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
    if (toMs <= fromMs) return refuseFields(context, [{ path: 'to', message: 'is not after from' }]);
    const { id: anomaly } = context.req.valid('param');
    const added = await parts.registry.anomalies.add(
      { anomaly, state, note, workflow, fromMs, toMs },
      context.get('actor'),
      ifState,
    );
    return context.json(
      { anomaly, state, note, workflow, from, to, actor: added.actor, at: instantText(added.atMs) },
      201,
    );
  });
}

function lastWords(notes: readonly AnomalyNote[]): Map<string, AnomalyNote> {
  return new Map(notes.map((note) => [note.anomaly, note]));
}

function present(
  findings: Findings,
  notes: ReadonlyMap<string, AnomalyNote>,
  scope: Scope,
  span: { readonly fromMs: number; readonly toMs: number },
): AnomaliesAnswer {
  return {
    spend: findings.spend.map((one) => presentSpend(one, notes.get(one.id))),
    shape: findings.shape.map((one) => presentShape(one, notes.get(one.id))),
    during: { text: scope.duringText, from: instantText(span.fromMs), to: instantText(span.toMs) },
    band: {
      asked: BAND_COVERAGE,
      measured: findings.coverage,
      judgedHours: findings.judgedHours,
    },
    anomalyShare: findings.anomalyShare,
    tooYoung: [...findings.tooYoung],
    sentence: findingsSentence(findings),
    currency: 'USD',
    timeZone: scope.timeZone,
  };
}

function presentSpend(one: SpendAnomaly, said: AnomalyNote | undefined): AnomaliesAnswer['spend'][number] {
  const { id, span, direction, workflow = '', actual, expected, excess, score, explanation } = one;
  return {
    id,
    from: instantText(span.fromMs),
    to: instantText(span.toMs),
    hours: Math.round((span.toMs - span.fromMs) / HOUR_MS),
    direction,
    workflow,
    actual,
    expected,
    excess,
    score,
    path: (explanation?.path ?? []).map((step) => ({ ...step })),
    spread: [...(explanation?.spread ?? [])],
    against: explanation?.against ?? null,
    explained: explanation !== undefined,
    ...wordsOf(said),
    sentence: spendSentence(one),
  };
}

function presentShape(one: ShapeAnomaly, said: AnomalyNote | undefined): AnomaliesAnswer['shape'][number] {
  const { id, span, workflow, signal, label, trend, dearer } = one;
  const { kind, before, after, change, pValue } = trend;
  return {
    id,
    from: instantText(span.fromMs),
    to: instantText(span.toMs),
    workflow,
    signal,
    label,
    kind,
    before,
    after,
    change,
    pValue,
    dearer,
    ...wordsOf(said),
    sentence: shapeSentence(one),
  };
}

function wordsOf(said: AnomalyNote | undefined): { readonly state: AnomalyState; readonly note: string } {
  return { state: said?.state ?? 'open', note: said?.note ?? '' };
}

function instantText(ms: number): string {
  return new Date(ms).toISOString();
}
