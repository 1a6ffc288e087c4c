/**
 * What came of the calls: per workflow and day how many tasks succeeded and failed, and what each customer paid a month.
 * Kept as JSON lines beside the ledger until the product has a place for outcomes.
 */
import { DAY_MS } from './calendar.ts';
import { createChance, seedOf } from './chance.ts';
import type { Customer } from './company.ts';
import { WORKFLOWS } from './lanes.ts';
import type { Workflow } from './lanes.ts';
import { MOST_WORKFLOWS } from './truth.ts';
import type { Tally } from './truth.ts';

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

/** JSON lines, month by month: first what came of its days, then what each customer paid. */
export function* outcomeLines(demo: {
  readonly seed: string;
  readonly customers: readonly Customer[];
  readonly tally: Pick<Tally, 'daily'>;
}): Generator<string> {
  const { seed, customers, tally } = demo;
  const entries = [...tally.daily].toSorted(([a], [b]) => a - b);
  const months = Map.groupBy(entries, ([id]) => new Date(dayOf(id)).toISOString().slice(0, 7));
  for (const [month, days] of months) {
    for (const [id, calls] of days) {
      const line = outcomeOf(WORKFLOWS[id % MOST_WORKFLOWS] as Workflow, dayOf(id), calls, seed);
      if (line !== undefined) yield line;
    }
    for (const { name: customer, plan, monthlyRevenue } of customers)
      yield JSON.stringify({ kind: 'revenue', month, customer, plan, dollars: String(monthlyRevenue) });
  }
}

function dayOf(id: number): number {
  return Math.floor(id / MOST_WORKFLOWS) * DAY_MS;
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
