/** What control can do for its operator: verify, back up, say how the disk and the last reload are. */
import { mkdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';

import packageFile from '../../package.json' with { type: 'json' };

import type { HealthPart, OperatingParts } from '../api/api.ts';
import type { LedgerCare } from '../ledger/ledger.ts';
import type { LedgerPoster } from '../ledger/posting.ts';
import { isLoopback, makeBackup, verifySystem } from '../operate/operate.ts';
import type { Settings } from '../operate/operate.ts';
import type { Registry } from '../registry/registry.ts';
import { faultWords } from './log.ts';
import type { RoleWorld } from './places.ts';
import { readSupervisorFile } from './supervisor-file.ts';

/** A poster that can be held still, so that ledger and registry can be copied as they are at one moment. */
export interface HeldPoster {
  readonly poster: LedgerPoster;
  /** Waits for what is being posted, then does the work while nothing more is. */
  readonly hold: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

export function holdable(poster: LedgerPoster): HeldPoster {
  const underWay = new Set<Promise<unknown>>();
  let held: Promise<unknown> = Promise.resolve();
  const behind =
    <Parameters extends readonly unknown[], Answer>(post: (...all: Parameters) => Promise<Answer>) =>
    async (...all: Parameters): Promise<Answer> => {
      await held;
      const posting = post(...all);
      underWay.add(posting);
      return posting.finally(() => underWay.delete(posting));
    };
  return {
    poster: {
      post: behind((batch) => poster.post(batch)),
      move: behind((move) => poster.move(move)),
      importLines: behind((block) => poster.importLines(block)),
      lockMonth: behind((month) => poster.lockMonth(month)),
      rebookLate: behind((month, bookAtMs) => poster.rebookLate(month, bookAtMs)),
    },
    hold: (work) => {
      const before = held;
      const result = before.then(async () => {
        await Promise.allSettled(underWay);
        return work();
      });
      held = result.catch(() => undefined);
      return result;
    },
  };
}

export function operatingParts(
  parts: {
    readonly settings: Settings;
    readonly registry: Registry;
    readonly care: LedgerCare;
    readonly hold: HeldPoster['hold'];
  },
  world: RoleWorld,
): OperatingParts {
  const { settings, registry, care, hold } = parts;
  const { nowMs, say } = world;
  const below = join(resolve(settings.data), 'backups');
  return {
    verify: () => verifySystem({ care, registry, nowMs }),
    async backUp(ask) {
      const { version } = packageFile;
      const making = { settings, registry, care, holdPostings: hold, version, nowMs };
      if (ask.directory.startsWith(below + sep)) mkdirSync(below, { recursive: true, mode: 0o700 });
      try {
        const { files, months, leftOut, madeAt, waitingFrames, audit, withKeys } = await makeBackup(
          making,
          ask,
        );
        const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
        say(`a backup of ${files.length} files is in ${ask.directory}`, {
          event: 'backup.made',
          fields: { files: files.length, bytes },
        });
        return {
          directory: ask.directory,
          madeAt,
          files: files.length,
          bytes,
          months: [...months],
          waitingFrames,
          audit,
          withKeys,
          leftOut: [...leftOut],
        };
      } catch (fault) {
        say(`no backup was made: ${faultWords(fault)}`, { event: 'backup.failed', level: 'error' });
        throw fault;
      }
    },
    backupDirectory(asked) {
      if (asked === undefined) return join(below, new Date(nowMs()).toISOString().replaceAll(/[:.]/g, '-'));
      const place = resolve(settings.data, asked);
      const inside = place.startsWith(below + sep);
      return inside || isLoopback(settings.api.listen.host) ? place : undefined;
    },
    disk: () => diskOf(settings.data),
    reload: world.reload,
    lastReload: () => readSupervisorFile(settings.data, nowMs())?.reload,
  };
}

async function diskOf(path: string): Promise<{ freeBytes: number; totalBytes: number } | undefined> {
  try {
    const { bavail, blocks, bsize } = await statfs(path);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return undefined;
  }
}

/** Segments and ballast of a few gateways: below it journals are about to refuse calls. */
const LEAST_FREE_BYTES = 256 * 1024 * 1024;

/** What control itself rests on. */
export async function controlHealth(
  registry: Pick<Registry, 'alive'>,
  disk: OperatingParts['disk'],
): Promise<HealthPart[]> {
  const [alive, space] = await Promise.all([registry.alive(), disk()]);
  return [
    {
      name: 'registry',
      ready: alive,
      detail: alive
        ? ''
        : 'The registry cannot be read: decisions and new keys cannot be taken. Calls go on by the last rulebook. Look at the disk of the data directory.',
    },
    diskPart(space?.freeBytes),
  ];
}

function diskPart(free: number | undefined): HealthPart {
  if (free === undefined || free >= LEAST_FREE_BYTES) return { name: 'disk', ready: true, detail: '' };
  return {
    name: 'disk',
    ready: false,
    detail: `Only ${Math.round(free / 1024 / 1024)} MB are free where the data are. When none is left, gateways refuse new calls, which then cost nothing; no call is lost. Free space now.`,
  };
}
