/** Moving a registry to another engine: all rows of all tables as they are, so that the audit chain is the same chain there. */
import type { Kysely, Transaction } from 'kysely';

import type { Anchor, AuditVerdict } from './audit.ts';
import type { Tables } from './tables.ts';

/** What belongs to the one place and not to the decisions: each place has its own. */
const NOT_COPIED: ReadonlySet<string> = new Set(['migrations', 'leadership', 'rulebooks', 'positions']);
const ROWS_AT_ONCE = 500;

export interface Copied {
  readonly rows: number;
  /** Of both chains. */
  readonly head: Anchor;
}

/**
 * Copies in one view into one transaction, between registries of the same level.
 * @param verify holds the tables of a registry against its chain
 * @throws RangeError when there is something there: two histories cannot be joined
 */
export function copyDatabase(
  source: Kysely<Tables>,
  target: Kysely<Tables>,
  verify: (database: Transaction<Tables>, anchor?: Anchor) => Promise<AuditVerdict>,
): Promise<Copied> {
  const reading = source.transaction().setAccessMode('read only');
  return reading.execute((original) =>
    target.transaction().execute(async (copy) => {
      const rows = await copyTables(original, copy);
      const before = await verify(original);
      const after = before.kind === 'intact' ? await verify(copy, before.head) : before;
      if (after.kind === 'intact') return { rows, head: after.head };
      throw new Error(
        `The audit chain does not hold (${after.reason}), so nothing was copied. Compare the registry with a backup.`,
      );
    }),
  );
}

async function copyTables(from: Transaction<Tables>, to: Transaction<Tables>): Promise<number> {
  const names = await tablesOf(from);
  const there = await tablesOf(to);
  const unknown = names.filter((name) => !there.includes(name));
  if (unknown.length > 0) throw new Error(`the other registry has no tables ${unknown.join(', ')}`);
  let rows = 0;
  for (const name of names) {
    if ((await to.selectFrom(name).selectAll().limit(1).execute()).length > 0)
      throw new RangeError(
        `The registry to copy to holds decisions already (table ${name}). Nothing was changed. Name an empty database.`,
      );
    rows += await copyTable(name, from, to);
  }
  return rows;
}

async function copyTable(
  name: keyof Tables,
  from: Transaction<Tables>,
  to: Transaction<Tables>,
): Promise<number> {
  const rows = await from.selectFrom(name).selectAll().execute();
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE)
    await to
      .insertInto(name)
      .values(rows.slice(at, at + ROWS_AT_ONCE))
      .execute();
  return rows.length;
}

/** Of the migrations, whichever they are: a table that a later level adds is not forgotten. */
async function tablesOf(database: Kysely<Tables>): Promise<Array<keyof Tables>> {
  const tables = await database.introspection.getTables();
  return tables
    .map(({ name }) => name)
    .filter((name) => !NOT_COPIED.has(name))
    .toSorted() as Array<keyof Tables>;
}
