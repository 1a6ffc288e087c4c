/**
 * Published rulebooks, for gateways that do not share a disk with control. The text is opaque here: what it says is
 * compiled and read elsewhere, and what is secret in it is sealed before it comes.
 */
import type { Kysely } from 'kysely';

import type { Tables } from './tables.ts';

/** Gateways take the newest; the ones before it are kept for a person who looks. */
const KEPT = 5;

export interface PublishedRulebook {
  readonly version: number;
  readonly body: string;
}

export interface Rulebooks {
  /**
   * Adds the next version: one more than the last here, and more than `above`.
   * @param make gives the text of a version
   * @param epoch of the leader that publishes
   */
  publish(
    make: (version: number) => string,
    from: { readonly above: number; readonly epoch: number },
  ): Promise<PublishedRulebook>;
  /** The newest, if its version is greater than `after`. */
  latest(after: number): Promise<PublishedRulebook | undefined>;
  /** Versions that are kept with the epochs they were published in, newest first. */
  versions(): Promise<Array<{ readonly version: number; readonly epoch: number }>>;
}

export function openRulebooks(database: Kysely<Tables>, nowMs: () => number): Rulebooks {
  return {
    publish: (make, { above, epoch }) =>
      database.transaction().execute(async (step) => {
        const last = await step
          .selectFrom('rulebooks')
          .select((has) => has.fn.max('version').as('version'))
          .executeTakeFirst();
        const version = Math.max(last?.version ?? 0, above) + 1;
        const body = make(version);
        const published = new Date(nowMs()).toISOString();
        await step
          .insertInto('rulebooks')
          .values({ version, epoch, published_at: published, body })
          .execute();
        await step
          .deleteFrom('rulebooks')
          .where('version', '<=', version - KEPT)
          .execute();
        return { version, body };
      }),
    latest: (after) => latestRulebook(database, after),
    versions: () =>
      database.selectFrom('rulebooks').select(['version', 'epoch']).orderBy('version', 'desc').execute(),
  };
}

export function latestRulebook(
  database: Kysely<Tables>,
  after: number,
): Promise<PublishedRulebook | undefined> {
  return database
    .selectFrom('rulebooks')
    .select(['version', 'body'])
    .where('version', '>', after)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
}
