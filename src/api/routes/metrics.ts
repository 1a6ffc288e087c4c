/**
 * `GET /metrics`: the ledger for Prometheus, summed over all gateways. Labels are those with few values, and the label sets
 * are bounded: beyond the bound the rest is `other`, and a counter says how many were folded. Customers, keys, users and
 * sessions are never labels.
 */
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';

import type { Answer, Figures } from '../../ledger/question.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { problemsOf, secured } from '../routing.ts';

const MOST_LABEL_SETS = 1_000;
const KEPT_MS = 10_000;
const LABELS = ['workflow', 'team', 'provider', 'model'] as const;

const FAMILIES: ReadonlyArray<{
  readonly name: string;
  readonly help: string;
  readonly of: (figures: Figures) => string | number | undefined;
}> = [
  {
    name: 'setpoint_cost_dollars_total',
    help: 'Cost of settled calls; corrections are apart.',
    of: ({ cost }) => cost,
  },
  { name: 'setpoint_calls_total', help: 'Calls of workflows.', of: ({ calls }) => calls },
  { name: 'setpoint_attempts_total', help: 'Attempts, retries included.', of: ({ attempts }) => attempts },
  { name: 'setpoint_input_tokens_total', help: 'Input tokens.', of: ({ inputTokens }) => inputTokens },
  { name: 'setpoint_output_tokens_total', help: 'Output tokens.', of: ({ outputTokens }) => outputTokens },
  {
    name: 'setpoint_unpriced_calls_total',
    help: 'Calls without a price.',
    of: ({ unpricedCalls }) => unpricedCalls,
  },
];

export function mountMetrics(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const clockMs = parts.clockMs ?? parts.now; // what is kept grows old in a demo whose time stands still, too
  let kept: { readonly atMs: number; readonly text: Promise<string> } | undefined;
  const route = secured(parts.access, 'ledger:read', {
    method: 'get',
    path: '/metrics',
    operationId: 'metrics',
    summary: 'The ledger for Prometheus',
    tags: ['telemetry'],
    responses: {
      200: { description: 'Prometheus text format.', content: { 'text/plain': { schema: z.string() } } },
      ...problemsOf('login_needed', 'ledger_unavailable'),
    },
  });
  app.openapi(route, async (context) => {
    if (kept === undefined || clockMs() - kept.atMs > KEPT_MS) {
      const text = metricsText(parts);
      kept = { atMs: clockMs(), text };
      text.catch(() => (kept = undefined)); // a failure is not an answer to keep
    }
    return context.text(await kept.text, 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
  });
}

async function metricsText(parts: ApiParts): Promise<string> {
  const ask = {
    of: ['calls', 'attempts', 'cost', 'inputTokens', 'outputTokens', 'unpricedCalls'] as const,
    during: { fromMs: 0, toMs: parts.now() },
    timeZone: 'UTC',
    simulated: 'exclude' as const,
  };
  const [settled, corrections, health] = await Promise.all([
    parts.ledger.ask({
      ...ask,
      by: LABELS,
      where: [{ dimension: 'leg', not: ['adjust'] }],
      limit: MOST_LABEL_SETS,
    }),
    parts.ledger.ask({ ...ask, by: [], where: [{ dimension: 'leg', is: ['adjust'] }], limit: 1 }),
    parts.ledger.health(),
  ]);
  const lines = FAMILIES.flatMap(({ name, help, of }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} counter`,
    ...samples(name, settled, of),
  ]);
  const gauge = (name: string, help: string, value: string | number): void =>
    void lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`);
  gauge('setpoint_corrections_dollars', 'Sum of correcting lines, signed.', corrections.total.cost ?? '0');
  gauge(
    'setpoint_unattributed_cost_dollars',
    'Cost of settled calls without a workflow.',
    settled.unattributedCost,
  );
  gauge(
    'setpoint_label_sets_folded',
    'Label sets are bounded: 1 when the rest is counted under other.',
    settled.other === null ? 0 : 1,
  );
  gauge('setpoint_ledger_lines', 'Lines in the ledger.', health.lines);
  gauge(
    'setpoint_ledger_backlog_frames',
    'Frames in journals that are not in the ledger yet.',
    health.backlogFrames,
  );
  gauge(
    'setpoint_ledger_complete_until_seconds',
    'Every call that ended before this is in the ledger.',
    health.completeUntilMs / 1_000,
  );
  return `${lines.join('\n')}\n`;
}

function samples(
  name: string,
  answer: Answer,
  of: (figures: Figures) => string | number | undefined,
): string[] {
  const rows = answer.rows.map(({ group, figures }) => `${name}{${labelsText(group)}} ${of(figures) ?? 0}`);
  if (answer.other === null) return rows;
  return [...rows, `${name}{${labelsText(LABELS.map(() => 'other'))}} ${of(answer.other) ?? 0}`];
}

function labelsText(values: readonly string[]): string {
  return LABELS.map((label, at) => `${label}="${escaped(values[at] ?? '')}"`).join(',');
}

/** Prometheus text format: backslash, quote and line feed are escaped. */
function escaped(value: string): string {
  return value.slice(0, 128).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
