/**
 * Fetches each rulebook that is published in PostgreSQL and puts it where the gateways of this host read it. Gateways import no
 * database: while PostgreSQL or this process is away, they serve on the last file.
 */
import { mkdirSync } from 'node:fs';

import { dataFiles, readRulebook, replaceRulebook } from '../operate/operate.ts';
import type { Settings } from '../operate/operate.ts';
import { describePlace, openRulebookSource } from '../registry/registry.ts';
import type { PublishedRulebook } from '../registry/registry.ts';
import type { RoleWorld } from './places.ts';
import { postgresPlace } from './registry-opening.ts';

/** With the gateways' own look at the file, a revoked key is refused everywhere within a second. */
const LOOK_EVERY_MS = 400;

export interface Follower {
  /** Looks now. @throws when the database does not answer or the file cannot be written. */
  look(): Promise<void>;
  stop(): void;
}

export interface Following {
  readonly source: { latest(after: number): Promise<PublishedRulebook | undefined> };
  readonly file: string;
  /** Of the database, for messages. */
  readonly name: string;
  readonly onNew?: (rulebook: PublishedRulebook) => Promise<void>;
  readonly say: (text: string) => void;
}

/** Looks again and again until it is stopped; one look at a time. */
export function followPublished({ source, file, name, onNew, say }: Following): Follower {
  /** Of the file, and of what `onNew` has taken. */
  let have = readRulebook(file)?.version ?? 0;
  let handedOn = have;
  let busy: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let trouble = '';

  async function lookNow(): Promise<void> {
    const found = await source.latest(Math.min(have, handedOn));
    if (found === undefined) return;
    if (found.version > have) {
      replaceRulebook(file, found.version, found.body);
      have = found.version;
    }
    await onNew?.(found);
    handedOn = found.version;
  }
  const look = (): Promise<void> => (busy = busy.catch(() => undefined).then(lookNow));

  async function repeat(): Promise<void> {
    const reason = await look().then(
      () => '',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (reason !== trouble)
      say(
        reason === ''
          ? `rulebooks of ${name} can be fetched again`
          : `rulebooks of ${name} cannot be fetched (${reason}); gateways serve on ${have === 0 ? 'none, since none was ever fetched' : `rulebook ${have}`}`,
      );
    trouble = reason;
    if (!stopped) timer = setTimeout(() => void repeat(), LOOK_EVERY_MS);
  }
  /** After a restore from a backup, the database may know less than this host. */
  async function compare(): Promise<void> {
    if (have === 0) return;
    const newest = await source.latest(0);
    if (newest !== undefined && newest.version < have)
      say(
        `rulebook ${have} here is newer than ${newest.version}, the newest of ${name}; gateways serve on ${have} until a newer one is published. If the database was restored from a backup, remove ${file}.`,
      );
  }
  void compare().then(repeat, repeat);
  return {
    look,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** The follower as a process: on hosts that run gateways and no control. */
export async function runFollower(settings: Settings, world: RoleWorld): Promise<void> {
  const postgres = postgresPlace(settings, world.environment);
  if (postgres === undefined)
    throw new Error('there is nothing to follow: the settings name no registry.url');
  mkdirSync(settings.data, { recursive: true, mode: 0o700 });
  const source = await openRulebookSource(postgres);
  const follower = followPublished({
    source,
    file: dataFiles(settings.data).rulebook,
    name: describePlace(postgres),
    say: world.say,
  });
  world.tellParent({ ready: true });
  await world.untilAskedToStop;
  follower.stop();
  await source.close();
}
