/** Loading the demo company: made here block by block, posted into the ledger, and what is no ledger line written beside it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  COMPANY,
  createDemo,
  createTally,
  DEFAULT_SEED,
  demoBudgets,
  outcomeLines,
  reportTruth,
  watchesOf,
  writeStatements,
} from '../demo/demo.ts';
import type { Demo, DemoBudget, Truth } from '../demo/demo.ts';
import { MOST_BUDGETS, readBudgetDraft } from '../budgets/budgets.ts';
import type { Registry } from '../registry/registry.ts';
import type { HealthPart } from '../api/api.ts';
import type { LedgerPoster } from '../ledger/posting.ts';
import {
  demoFiles,
  holdsOther,
  readWorkspace,
  refuseUnfinishedRestore,
  writeWorkspace,
} from '../operate/operate.ts';
import type { DemoWorkspace, Settings, Workspace } from '../operate/operate.ts';
import type { PriceBookData } from '../prices/prices.ts';
import type { RoleWorld } from './places.ts';

const HOUR_MS = 3_600_000;

type DemoWorld = Pick<RoleWorld, 'nowMs' | 'monotonicMs' | 'say'>;

/**
 * What the data directory is or becomes. Asked before anything else touches the directory.
 * @throws Error when settings ask for a demo and the directory holds something else.
 */
export function openWorkspace(settings: Settings, nowMs: number): Workspace {
  const { data, demo } = settings;
  refuseUnfinishedRestore(data);
  if (demo === undefined) return readWorkspace(data);
  if (holdsOther(data)) {
    throw new Error(
      `${data} holds real data, and a demo is never mixed with it. Nothing was changed. Name another directory with --data.`,
    );
  }
  const found = readWorkspace(data);
  if (found.kind === 'real') {
    const now = demo.now === undefined ? Math.floor(nowMs / HOUR_MS) * HOUR_MS : Date.parse(demo.now);
    const workspace: DemoWorkspace = {
      kind: 'demo',
      company: COMPANY,
      seed: demo.seed,
      now: new Date(now).toISOString(),
      frozen: demo.now !== undefined,
      loadedAt: null,
    };
    writeWorkspace(data, workspace);
    return workspace;
  }
  const otherNow = demo.now !== undefined && Date.parse(demo.now) !== Date.parse(found.now);
  if (otherNow || (demo.seed !== found.seed && demo.seed !== DEFAULT_SEED)) {
    throw new Error(
      `${data} holds the demo of seed "${found.seed}" as of ${found.now}, not the one that was asked for. ` +
        'Nothing was changed. Start with --fresh to make it anew, or name another directory with --data.',
    );
  }
  return found;
}

/** The workspace as control holds it: real, or a demo that is loaded once. */
export interface OpenWorkspace {
  readonly current: () => Workspace;
  /** The demo's own prices; undefined where calls are real. */
  readonly priceBook: PriceBookData | undefined;
  /** What `this-month` is asked as of, and every answer is as of. How far journals are drained goes by the clock itself. */
  readonly askedMs: () => number;
  /** Whether everything is loaded; nothing where calls are real. */
  readonly health: () => HealthPart[];
  /** Loads the demo unless it is loaded; does nothing where calls are real. */
  load(
    poster: LedgerPoster,
    ready: Promise<void>,
    setBudgets: (budgets: readonly DemoBudget[]) => Promise<void>,
  ): Promise<void>;
}

/** @param make makes the company; a test makes a smaller one. */
export async function openControlWorkspace(
  settings: Settings,
  world: DemoWorld,
  make = createDemo,
): Promise<OpenWorkspace> {
  let workspace = openWorkspace(settings, world.nowMs());
  const demo =
    workspace.kind === 'demo'
      ? await make({ seed: workspace.seed, nowMs: Date.parse(workspace.now) })
      : undefined;
  return {
    current: () => workspace,
    priceBook: demo?.priceBook,
    askedMs: () =>
      workspace.kind === 'demo' && workspace.frozen ? Date.parse(workspace.now) : world.nowMs(),
    health: () => demoHealth(workspace),
    async load(poster, ready, setBudgets) {
      if (demo === undefined || workspace.kind === 'real' || workspace.loadedAt !== null) return;
      workspace = await loadDemo(demo, workspace, { data: settings.data, poster, ready, setBudgets }, world);
    },
  };
}

function demoHealth(workspace: Workspace): HealthPart[] {
  if (workspace.kind === 'real') return [];
  const ready = workspace.loadedAt !== null;
  return [
    { name: 'demo', ready, detail: ready ? '' : 'The demo company is still being loaded; wait a moment.' },
  ];
}

/** Blocks under way at once: one is made while the ledger takes the one before. */
const BLOCKS_AT_ONCE = 2;

/**
 * Makes the company and posts it. Every block has its own identity, so that a load that was cut short is gone on with.
 * @returns the workspace, loaded.
 */
async function loadDemo(
  demo: Demo,
  workspace: DemoWorkspace,
  parts: {
    readonly data: string;
    readonly poster: LedgerPoster;
    readonly ready: Promise<void>;
    readonly setBudgets: (budgets: readonly DemoBudget[]) => Promise<void>;
  },
  world: DemoWorld,
): Promise<DemoWorkspace> {
  const startedMs = world.monotonicMs();
  const { customers, stories } = demo;
  const tally = createTally({ customers, stories, watches: watchesOf(stories) });
  const underWay: Array<Promise<unknown>> = [];
  for (const block of demo.blocks((priced) => tally.add(priced))) {
    await parts.ready;
    if (underWay.length === BLOCKS_AT_ONCE) await underWay.shift();
    const posted = parts.poster.importLines(block);
    posted.catch(() => undefined); // it is waited for below; until then its failure has no one to go to
    underWay.push(posted);
    await new Promise<void>((resolve) => void setImmediate(resolve)); // lets the message leave before the next block is made
  }
  await Promise.all(underWay);
  const { stories: answers } = writeDemoFiles(demo, tally, parts.data);
  await parts.setBudgets(demoBudgets(answers));
  const loaded: DemoWorkspace = { ...workspace, loadedAt: new Date(world.nowMs()).toISOString() };
  writeWorkspace(parts.data, loaded);
  const seconds = ((world.monotonicMs() - startedMs) / 1000).toFixed(1);
  const { lines } = tally.total;
  world.say(`demo: ${lines.toLocaleString('en')} lines of ${demo.company} in ${seconds} s`, {
    event: 'demo.loaded',
    fields: { lines },
  });
  return loaded;
}

function writeDemoFiles(demo: Demo, tally: ReturnType<typeof createTally>, data: string): Truth {
  const files = demoFiles(data);
  mkdirSync(files.statements, { recursive: true, mode: 0o700 });
  const statements = writeStatements(tally.billed.values(), demo.stories);
  for (const { file, text } of statements.files) writeFileSync(join(files.statements, file), text);
  writeFileSync(files.outcomes, [...outcomeLines({ ...demo, tally })].map((line) => `${line}\n`).join(''));
  const truth = reportTruth({ ...demo, tally, statements: statements.sums });
  writeFileSync(files.truth, `${JSON.stringify(truth, null, 2)}\n`);
  return truth;
}

/** Sets the demo's budgets as a person would; those that are set already (the load was cut short) are left as they are. */
export async function setDemoBudgets(
  registry: Registry,
  budgets: readonly DemoBudget[],
  publish: () => Promise<void>,
): Promise<void> {
  for (const { draft, reason } of budgets) {
    const read = readBudgetDraft(draft, 'UTC');
    if (read.kind === 'problems')
      throw new Error(`the demo's budget ${draft.name}: ${JSON.stringify(read.problems)}`);
    await registry.budgets.set({ budget: read.budget, reason, how: 'new', most: MOST_BUDGETS }, 'demo');
  }
  await publish();
}
