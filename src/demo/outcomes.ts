/**
 * What came of the calls: per workflow and day how many tasks succeeded and failed, and what each customer paid a month.
 * Kept as JSON lines beside the ledger until the product has a place for outcomes.
 */
import { DAY_MS, monthStart } from './calendar.ts';
import { createChance, seedOf } from './chance.ts';
import type { Customer } from './company.ts';
import { WORKFLOWS } from './lanes.ts';
import type { Workflow } from './lanes.ts';
import { monthCells } from './load.ts';
import type { LoadOptions } from './load.ts';

interface Outcome {
  readonly unit: string;
  /** Calls of one task, and the share of tasks that succeed. */
  readonly callsPerTask: number;
  readonly succeeding: number;
}

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  'Support copilot': { unit: 'resolved conversation', callsPerTask: 6, succeeding: 0.74 },
  'Contract extraction': { unit: 'document without correction', callsPerTask: 2, succeeding: 0.91 },
  'Sales research agent': { unit: 'research brief that was used', callsPerTask: 18, succeeding: 0.62 },
  'Internal knowledge bot': { unit: 'answer that was accepted', callsPerTask: 2, succeeding: 0.83 },
  'Marketing drafting': { unit: 'published draft', callsPerTask: 5, succeeding: 0.55 },
  'Code review bot': { unit: 'review comment that was acted on', callsPerTask: 1, succeeding: 0.48 },
  'E-mail drafts': { unit: 'e-mail that was sent', callsPerTask: 1, succeeding: 0.7 },
  'Nightly batch summaries': { unit: 'summary that was read', callsPerTask: 1, succeeding: 0.66 },
  'Voice notes': { unit: 'note without correction', callsPerTask: 1, succeeding: 0.88 },
};

/** JSON lines, in order of time. */
export function* outcomeLines(options: LoadOptions, customers: readonly Customer[]): Generator<string> {
  const { stories, seed } = options;
  for (let month = stories.fromMs; month < stories.nowMs; month = monthStart(month, 1)) {
    const name = new Date(month).toISOString().slice(0, 7);
    const calls = new Map<string, number>();
    for (const cell of monthCells(month, options)) {
      const id = `${Math.floor(cell.atMs / DAY_MS)} ${WORKFLOWS.indexOf(cell.workflow)}`;
      calls.set(id, (calls.get(id) ?? 0) + cell.calls);
    }
    for (const [id, count] of calls) {
      const [day = 0, at = 0] = id.split(' ').map(Number);
      const line = outcomeOf(WORKFLOWS[at] as Workflow, day * DAY_MS, count, seed);
      if (line !== undefined) yield line;
    }
    for (const { name: customer, plan, monthlyRevenue } of customers)
      yield JSON.stringify({ kind: 'revenue', month: name, customer, plan, dollars: String(monthlyRevenue) });
  }
}

function outcomeOf(workflow: Workflow, dayMs: number, calls: number, seed: string): string | undefined {
  const outcome = OUTCOMES[workflow.name];
  if (outcome === undefined) return undefined;
  const tasks = Math.round(calls / outcome.callsPerTask);
  const luck = createChance(seedOf(`${seed} ${workflow.name}`), dayMs / DAY_MS).spread(0.02);
  const successes = Math.min(tasks, Math.round(tasks * outcome.succeeding * luck));
  return JSON.stringify({
    kind: 'outcome',
    day: new Date(dayMs).toISOString().slice(0, 10),
    workflow: workflow.name,
    unit: outcome.unit,
    successes,
    failures: tasks - successes,
  });
}
