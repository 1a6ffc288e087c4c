/**
 * Saved views: pages with their filters, under a name. Versions are only added, each in one transaction with its audit line;
 * taking one away is a version too and repeats what it takes away, so that it can be brought back as it was.
 */
import type { Kysely, Transaction } from 'kysely';

import { disagreement } from './agreement.ts';
import type { Said } from './agreement.ts';
import { appendAudit } from './audit.ts';
import type { AuditTable, Tables, ViewDecisionsTable } from './tables.ts';

export interface ViewBody {
  /** No two that are in force have the same, whether in capitals or not. */
  readonly name: string;
  /** Of the page, without a slash before it; empty: the first page. */
  readonly path: string;
  /** The query of the address, without a question mark; periods are kept as they were asked for. */
  readonly state: string;
  readonly note: string;
}

export interface ViewRecord extends ViewBody {
  readonly id: string;
  readonly version: number;
  /** Who saved it first. */
  readonly owner: string;
  readonly madeAtMs: number;
  readonly changedBy: string;
  readonly changedAtMs: number;
}

/** `stale`: another version stands than the one that was to be changed. `taken`: another view has the name. */
export type ViewDeciding =
  | { readonly kind: 'decided'; readonly view: ViewRecord }
  | { readonly kind: 'stale' | 'taken'; readonly view: ViewRecord }
  | { readonly kind: 'absent' | 'many' };

/** What is asked about the newest version; `version` is the one that the asker has seen, undefined: whichever stands. */
interface About {
  readonly id: string;
  readonly version?: number | undefined;
}

export interface ViewRegistry {
  /** @param most how many may be in force */
  save(body: ViewBody, most: number, actor: string): Promise<ViewDeciding>;
  change(ask: About & { readonly body: ViewBody }, actor: string): Promise<ViewDeciding>;
  remove(ask: About, actor: string): Promise<ViewDeciding>;
  /** Brings back what was taken away, as it was; of one that is in force it changes nothing. */
  restore(id: string, most: number, actor: string): Promise<ViewDeciding>;
  /** Those in force, by name. */
  list(): Promise<ViewRecord[]>;
}

interface Surroundings {
  readonly nowMs: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
}

const ID_BYTES = 6;

export function openViewRegistry(database: Kysely<Tables>, around: Surroundings): ViewRegistry {
  const write = (act: (step: Transaction<Tables>) => Promise<ViewDeciding>): Promise<ViewDeciding> =>
    database.transaction().execute(act);
  const now = (): string => new Date(around.nowMs()).toISOString();
  return {
    save: (body, most, actor) =>
      write(async (step) => {
        const all = await historiesOf(step);
        const refusal = roomFor(all, body.name, most);
        if (refusal !== undefined) return refusal;
        const id = Buffer.from(around.randomBytes(ID_BYTES)).toString('hex');
        return append(step, [], { id, action: 'save', body, actor, at: now() });
      }),
    change: ({ body, ...about }, actor) =>
      write(async (step) => {
        const all = await historiesOf(step);
        const found = standing(all, about);
        if (found.kind !== 'found') return found;
        const namesake = viewsOf(all).find((view) => view.id !== about.id && isNamed(view, body.name));
        if (namesake !== undefined) return { kind: 'taken', view: namesake };
        return append(step, found.history, { id: about.id, action: 'save', body, actor, at: now() });
      }),
    remove: (about, actor) =>
      write(async (step) => {
        const found = standing(await historiesOf(step), about);
        if (found.kind !== 'found') return found;
        const body = bodyOf(newestOf(found.history));
        return append(step, found.history, { id: about.id, action: 'delete', body, actor, at: now() });
      }),
    restore: (id, most, actor) =>
      write(async (step) => {
        const all = await historiesOf(step);
        const history = all.get(id);
        if (history === undefined) return { kind: 'absent' };
        if (newestOf(history).action !== 'delete') return { kind: 'decided', view: toView(history) };
        const body = bodyOf(newestOf(history));
        const refusal = roomFor(all, body.name, most);
        return refusal ?? append(step, history, { id, action: 'restore', body, actor, at: now() });
      }),
    list: async () => viewsOf(await historiesOf(database)),
  };
}

/** All versions of one view, oldest first; never empty. */
type History = readonly ViewDecisionsTable[];

async function historiesOf(database: Kysely<Tables>): Promise<ReadonlyMap<string, History>> {
  const rows = await database.selectFrom('view_decisions').selectAll().orderBy('seq').execute();
  return Map.groupBy(rows, ({ view }) => view);
}

function viewsOf(all: ReadonlyMap<string, History>): ViewRecord[] {
  return [...all.values()]
    .filter((history) => newestOf(history).action !== 'delete')
    .map(toView)
    .toSorted((one, other) => (one.name.toLowerCase() < other.name.toLowerCase() ? -1 : 1));
}

function standing(
  all: ReadonlyMap<string, History>,
  { id, version }: About,
): ViewDeciding | { readonly kind: 'found'; readonly history: History } {
  const history = all.get(id);
  if (history === undefined || newestOf(history).action === 'delete') return { kind: 'absent' };
  const view = toView(history);
  return version === undefined || version === view.version
    ? { kind: 'found', history }
    : { kind: 'stale', view };
}

function roomFor(all: ReadonlyMap<string, History>, name: string, most: number): ViewDeciding | undefined {
  const views = viewsOf(all);
  const namesake = views.find((view) => isNamed(view, name));
  if (namesake !== undefined) return { kind: 'taken', view: namesake };
  return views.length >= most ? { kind: 'many' } : undefined;
}

function isNamed(view: ViewBody, name: string): boolean {
  return view.name.toLowerCase() === name.toLowerCase();
}

interface Deciding {
  readonly id: string;
  readonly action: 'save' | 'delete' | 'restore';
  readonly body: ViewBody;
  readonly actor: string;
  readonly at: string;
}

async function append(
  step: Transaction<Tables>,
  history: History,
  { id, action, body, actor, at }: Deciding,
): Promise<ViewDeciding> {
  const last = await step
    .selectFrom('view_decisions')
    .select((has) => has.fn.max('seq').as('seq'))
    .executeTakeFirst();
  const { name, path, state, note } = body;
  const row: ViewDecisionsTable = {
    seq: (last?.seq ?? 0) + 1,
    view: id,
    version: (history.at(-1)?.version ?? 0) + 1,
    action,
    body: JSON.stringify({ name, path, state, note }),
    author: actor,
    decided_at: at,
  };
  await step.insertInto('view_decisions').values(row).execute();
  await appendAudit(step, { ...said(row), actor });
  return { kind: 'decided', view: toView([...history, row]) };
}

function said({ view, version, action, body, author, decided_at: at }: ViewDecisionsTable): Said {
  return {
    at,
    actor: author,
    action: `view.${action}`,
    subject: `${view}@${version}`,
    detail: JSON.parse(body) as Record<string, unknown>,
  };
}

/** What about the views disagrees with the chain; undefined when nothing does. */
export async function viewTrouble(
  database: Kysely<Tables>,
  lines: readonly AuditTable[],
): Promise<string | undefined> {
  const rows = await database.selectFrom('view_decisions').selectAll().orderBy('seq').execute();
  return disagreement('saved view', rows.map(said), lines, (action) => action.startsWith('view.'));
}

function newestOf(history: History): ViewDecisionsTable {
  return history.at(-1) as ViewDecisionsTable;
}

function bodyOf({ body }: ViewDecisionsTable): ViewBody {
  return JSON.parse(body) as ViewBody;
}

function toView(history: History): ViewRecord {
  const [first, newest] = [history[0] as ViewDecisionsTable, newestOf(history)];
  return {
    ...bodyOf(newest),
    id: newest.view,
    version: newest.version,
    owner: first.author,
    madeAtMs: Date.parse(first.decided_at),
    changedBy: newest.author,
    changedAtMs: Date.parse(newest.decided_at),
  };
}
