/** `GET /api/v1/annotations`: what happened in a period that a chart of spend should say. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import { annotationsOf, annotationsSentence } from '../../inform/annotations/annotations.ts';
import type { Annotation, Known } from '../../inform/annotations/annotations.ts';
import { amountText, readCrossings } from '../../inform/budgets/budgets.ts';
import type { Span } from '../../ledger/question.ts';
import { countText, moneyText } from '../../units/figures.ts';
import { readScope } from '../asking.ts';
import { stoodBudgets } from '../budgeting.ts';
import { Annotations, AnnotationsQuery } from '../contract/annotations.ts';
import type { AnnotationsAnswer } from '../contract/annotations.ts';
import { API_PREFIX } from '../contract.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { priceNames } from '../pricing.ts';
import { refuseFields } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

export function mountAnnotations(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/annotations`,
    operationId: 'annotations',
    summary:
      'What happened in a period: prices, commitments, budgets, anomalies, rules, closed months, plans',
    tags: ['ledger'],
    request: { query: AnnotationsQuery },
    responses: {
      200: jsonOf(Annotations, 'Marks in the order of time.'),
      ...problemsOf('bad_request', 'login_needed'),
    },
  });
  app.openapi(route, async (context) => {
    const read = readScope(context.req.valid('query'), { nowMs: parts.now(), timeZone: parts.timeZone });
    if (read.kind === 'problems') return refuseFields(context, read.problems);
    const { during, duringText, where, timeZone } = read.value;
    const closed = await unlessAway(() => parts.ledger.lockedMonths());
    const budgets = await parts.registry.budgets.decisions();
    const stood = stoodBudgets(parts, budgets);
    const crossed = await unlessAway(() => readCrossings(parts.ledger, stood, during));
    const known = await knownOf(parts, {
      budgets,
      closed: closed ?? [],
      crossings: crossed?.crossings ?? [],
    });
    const annotations = annotationsOf(known, { during, where });
    const body: AnnotationsAnswer = {
      sentence: annotationsSentence(annotations),
      annotations: annotations.map(present),
      during: { text: duringText, from: instantText(during.fromMs), to: instantText(during.toMs) },
      closedMonths: closed === undefined ? null : closed.map(({ month }) => month).filter(touches(during)),
      crossingsUntold: crossed === undefined ? null : [...crossed.untold],
      timeZone,
    };
    return context.json(body, 200);
  });
}

async function knownOf(
  parts: ApiParts,
  given: Pick<Known, 'budgets' | 'closed' | 'crossings'>,
): Promise<Known> {
  const { registry } = parts;
  const [prices, commitments, rules, anomalies, plans] = await Promise.all([
    registry.prices.list(),
    registry.attribution.decisions('commitment'),
    registry.attribution.decisions('rule'),
    registry.anomalies.list(),
    registry.forecasts.decisions('plan'),
  ]);
  const nameOf = priceNames(parts);
  return {
    book: parts.priceBook(),
    providers: new Set(parts.providers().map(({ name }) => nameOf(name))),
    prices,
    commitments,
    rules,
    anomalies,
    plans,
    ...given,
    teamOf: parts.teamOf ?? (() => ''),
    amountOf: ({ amount, unit }) => {
      const text = amountText(BigInt(amount), unit);
      return unit === 'money' ? moneyText(text) : `${countText(BigInt(text))} ${unit}`;
    },
  };
}

/** Undefined: the ledger is away. Decisions are told all the same. */
async function unlessAway<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch {
    return undefined; // said as `closedMonths: null`, `crossingsUntold: null`
  }
}

function touches({ fromMs, toMs }: Span): (month: string) => boolean {
  return (month) => {
    const [year = 0, number = 1] = month.split('-').map(Number);
    return Date.UTC(year, number - 1) < toMs && Date.UTC(year, number) > fromMs;
  };
}

function present({ atMs, kind, short, text, link, scope }: Annotation) {
  return { at: instantText(atMs), kind, short, text, link, scope: { ...scope } };
}

function instantText(ms: number): string {
  return new Date(ms).toISOString();
}
