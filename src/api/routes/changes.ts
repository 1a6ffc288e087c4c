/** `GET /api/v1/changes`: why spend differs between two periods, exactly. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import { changeSentence, DRIVERS, whatChanged } from '../../inform/anomalies/anomalies.ts';
import type { CellChange, Change, Effects } from '../../inform/anomalies/anomalies.ts';
import type { Span } from '../../ledger/question.ts';
import { formatDollars } from '../../units/money.ts';
import { readAsk } from '../asking.ts';
import { readCompare } from '../comparing.ts';
import { Changes, ChangesQuery } from '../contract/anomalies.ts';
import type { ChangesAnswer } from '../contract/anomalies.ts';
import { API_PREFIX } from '../contract.ts';
import { ledgerFor } from '../leaving.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuseFields } from '../problems.ts';
import { problemsOf, secured } from '../routing.ts';
import { changesTable } from '../tables/changes.ts';
import { formatOf, jsonOrFile, questionText, sendFile } from '../tabling.ts';

const DEFAULT_CELLS = 100;

export function mountChanges(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/changes`,
    operationId: 'whatChanged',
    summary:
      'Decompose a change of spend into calls × mix × context × token mix × rate; the parts sum exactly',
    tags: ['anomalies'],
    request: { query: ChangesQuery },
    responses: {
      200: jsonOrFile(Changes, 'The change, its drivers, and the cells that moved, largest first.'),
      ...problemsOf('bad_request', 'login_needed', 'ledger_unavailable'),
    },
  });
  app.openapi(route, async (context) => {
    const {
      after: afterWords,
      before: beforeWords = 'previous',
      limit = DEFAULT_CELLS,
      by,
      format: saidFormat,
      ...rest
    } = context.req.valid('query');
    const around = { nowMs: parts.now(), timeZone: parts.timeZone };
    const later = readAsk({ ...rest, by: by ?? 'workflow', during: afterWords }, around);
    if (later.kind === 'problems') return refuseFields(context, later.problems);
    const { by: dimensions, where, timeZone, during, duringText } = later.value;
    const earlier = readCompare(beforeWords, during, { nowMs: around.nowMs, timeZone });
    if (earlier.kind === 'problems')
      return refuseFields(
        context,
        earlier.problems.map(({ message }) => ({ path: 'before', message })),
      );
    const after = { fromMs: during.fromMs, toMs: Math.min(during.toMs, around.nowMs) };
    if (after.toMs <= after.fromMs)
      return refuseFields(context, [{ path: 'after', message: 'begins in the future' }]);
    const before = earlier.value;
    const change = await whatChanged(ledgerFor(parts, context), {
      before,
      after,
      by: dimensions,
      where,
      timeZone,
    });
    const words = { before: beforeWords, after: duringText };
    const body = present(change, { before, after }, words, timeZone, limit);
    const format = formatOf(context, saidFormat);
    if (format === undefined) return context.json(body, 200);
    const { completeUntil, unpriced: unpricedCalls } = body;
    const name = ['changes', duringText];
    return sendFile(context, format, changesTable(body, questionText(context)), {
      name,
      completeUntil,
      unpricedCalls,
    });
  });
}

function present(
  change: Change,
  spans: { readonly before: Span; readonly after: Span },
  words: { readonly before: string; readonly after: string },
  timeZone: string,
  limit: number,
): ChangesAnswer {
  const cells = change.cells
    .filter(({ before, after }) => before !== 0n || after !== 0n)
    .toSorted((a, b) => (size(a) < size(b) ? 1 : size(a) > size(b) ? -1 : a.key < b.key ? -1 : 1));
  const rest = cells.slice(limit);
  return {
    before: period(spans.before, words.before, change.before),
    after: period(spans.after, words.after, change.after),
    change: formatDollars(change.after - change.before),
    effects: effectsText(change.effects),
    beside: formatDollars(change.beside),
    beyondLimit: formatDollars(change.beyondLimit),
    dimensions: [...change.dimensions],
    cells: cells.slice(0, limit).map((cell) => ({
      group: [...(change.groups.get(cell.key) ?? [])],
      before: formatDollars(cell.before),
      after: formatDollars(cell.after),
      change: formatDollars(cell.after - cell.before),
      effects: effectsText(cell.effects),
      beside: formatDollars(cell.beside),
    })),
    otherCells: rest.length === 0 ? null : other(rest),
    sentence: changeSentence(change),
    currency: 'USD',
    timeZone,
    priceVersions: [...change.priceVersions],
    unpriced: change.unpricedCalls,
    asOf: new Date(change.asOfMs).toISOString(),
    completeUntil: new Date(change.completeUntilMs).toISOString(),
  };
}

function other(rest: readonly CellChange[]): ChangesAnswer['otherCells'] {
  const sum = (of: (cell: CellChange) => bigint): bigint =>
    rest.reduce((total, cell) => total + of(cell), 0n);
  const effects = Object.fromEntries(
    DRIVERS.map((driver) => [driver, sum((cell) => cell.effects[driver])]),
  ) as unknown as Effects;
  return {
    cells: rest.length,
    change: formatDollars(sum(({ before, after }) => after - before)),
    effects: effectsText(effects),
    beside: formatDollars(sum(({ beside }) => beside)),
  };
}

function size({ before, after }: CellChange): bigint {
  return after > before ? after - before : before - after;
}

function period(span: Span, text: string, cost: bigint): ChangesAnswer['before'] {
  return {
    text,
    from: new Date(span.fromMs).toISOString(),
    to: new Date(span.toMs).toISOString(),
    cost: formatDollars(cost),
  };
}

function effectsText(effects: Effects): ChangesAnswer['effects'] {
  const { calls, mix, context, tokenMix, rate } = effects;
  return {
    calls: formatDollars(calls),
    mix: formatDollars(mix),
    context: formatDollars(context),
    tokenMix: formatDollars(tokenMix),
    rate: formatDollars(rate),
  };
}
