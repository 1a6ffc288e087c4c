/** How far jobs have come that only the leading control runs, so that its successor goes on where it was. No decisions: no audit line. */
import type { Kysely } from 'kysely';

import type { Tables } from './tables.ts';

export interface Positions {
  /** Undefined where the job never ran. */
  read(name: string): Promise<string | undefined>;
  /** @throws NotLeading when another control leads since. */
  keep(name: string, value: string): Promise<void>;
}

export function openPositions(database: Kysely<Tables>): Positions {
  return {
    async read(name) {
      const row = await database
        .selectFrom('positions')
        .select('value')
        .where('name', '=', name)
        .executeTakeFirst();
      return row?.value;
    },
    keep: (name, value) =>
      database.transaction().execute(async (step) => {
        await step
          .insertInto('positions')
          .values({ name, value })
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
          .execute();
      }),
  };
}
