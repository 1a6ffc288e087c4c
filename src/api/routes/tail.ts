/** `GET /api/v1/tail`: new ledger lines as server-sent events. */
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { streamSSE } from 'hono/streaming';
import type { SSEStreamingApi } from 'hono/streaming';

import { readScope } from '../asking.ts';
import { API_PREFIX, CallsQuery } from '../contract.ts';
import type { Condition, LedgerLine } from '../../ledger/question.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuse, refuseFields } from '../problems.ts';
import { problemsOf, secured } from '../routing.ts';

const LINES_AT_ONCE = 500;
const DEFAULT_INTERVAL_MS = 500;
/** A comment on a silent stream, so that proxies between do not take it for dead. */
const SILENCE_MS = 15_000;
const MOST_TAILS = 50;

export function mountTail(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: `${API_PREFIX}/tail`,
    operationId: 'tailCalls',
    summary:
      'New ledger lines as they arrive (server-sent events named `line`; the id, also that of `position`, resumes by Last-Event-ID)',
    tags: ['ledger'],
    request: {
      query: CallsQuery.pick({ where: true }).strict(),
      headers: z.object({ 'last-event-id': z.string().max(2_000).optional() }),
    },
    responses: {
      200: { description: 'A stream of lines.', content: { 'text/event-stream': { schema: z.string() } } },
      ...problemsOf('bad_request', 'login_needed', 'busy'),
    },
  });
  let open = 0;
  app.openapi(route, async (context) => {
    const scope = readScope(context.req.valid('query'), { nowMs: parts.now(), timeZone: parts.timeZone });
    if (scope.kind === 'problems') return refuseFields(context, scope.problems);
    if (open >= MOST_TAILS)
      return refuse(context, 'busy', `${MOST_TAILS} live tails are open already. Close one and try again.`);
    open += 1;
    const start = context.req.valid('header')['last-event-id'] ?? '';
    return streamSSE(
      context,
      async (stream) => {
        try {
          await follow(stream, parts, scope.value.where, start);
        } finally {
          open -= 1;
        }
      },
      async (_, stream) =>
        stream.writeSSE({ event: 'trouble', data: 'the ledger does not answer; try again in a moment' }),
    );
  });
}

async function follow(
  stream: SSEStreamingApi,
  parts: ApiParts,
  where: readonly Condition[],
  start: string,
): Promise<void> {
  let position = start;
  let told = start;
  let silentMs = 0;
  const intervalMs = parts.tailIntervalMs ?? DEFAULT_INTERVAL_MS;
  await stream.write(': open\n\n');
  while (!stream.aborted && !stream.closed) {
    const next = await parts.ledger.tail(position, LINES_AT_ONCE);
    position = next.position;
    const shown = next.lines.filter((line) => matches(line, where));
    for (const [index, line] of shown.entries()) {
      // Only the last line of a batch may carry the position: resuming after it must not skip its neighbours.
      await stream.writeSSE({
        event: 'line',
        data: JSON.stringify(line),
        ...(index === shown.length - 1 && { id: position }),
      });
    }
    // Where a tail stands is known before its first line: who is cut off in between can resume too.
    if (shown.length === 0 && position !== told)
      await stream.writeSSE({ event: 'position', data: String(next.lines.length), id: position });
    told = position;
    silentMs = shown.length > 0 ? 0 : silentMs + intervalMs;
    if (silentMs >= SILENCE_MS) {
      await stream.write(': still here\n\n');
      silentMs = 0;
    }
    if (next.lines.length < LINES_AT_ONCE) await stream.sleep(intervalMs);
  }
}

/** The ledger's `where` on a line in hand. Time dimensions do not occur here: a tail has no buckets. */
function matches(line: LedgerLine, where: readonly Condition[]): boolean {
  return where.every(({ dimension, is, not }) => {
    const value = dimension.startsWith('tag:')
      ? (line.tags[dimension.slice(4)] ?? '')
      : textOf(line[dimension as keyof LedgerLine]);
    return (is === undefined || is.includes(value)) && !not?.includes(value);
  });
}

function textOf(value: LedgerLine[keyof LedgerLine] | undefined): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}
