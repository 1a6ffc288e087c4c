/**
 * Where the ledger's tests keep it: in a directory of the embedded engine, or on a server, which is the front of the same
 * engine (`test/fakes/clickhouse-front.ts`). A file of tests asks for a place; `ledger-server.test.ts` runs the same files again
 * with `useServer()` said first.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openEngine } from '../../src/ledger/stores/engine.ts';
import type { StorePlace } from '../../src/ledger/ledger.ts';
import { startFront } from '../fakes/clickhouse.ts';
import type { Front } from '../fakes/clickhouse.ts';

export interface TestPlace {
  readonly place: StorePlace;
  /** Of the embedded engine; empty on a server. */
  readonly path: string;
  remove(): Promise<void>;
}

let server: { readonly front: Promise<Front>; readonly directory: string } | undefined;

/** From now on places are on a server, one for this file of tests, emptied for each place. */
export function useServer(): { stop(): Promise<void> } {
  const directory = mkdtempSync(join(tmpdir(), 'setpoint-front-'));
  const started = { front: startFront(directory), directory };
  server = started;
  return {
    async stop() {
      await (await started.front).kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export function isOnServer(): boolean {
  return server !== undefined;
}

export async function newPlace(): Promise<TestPlace> {
  if (server === undefined) {
    const path = mkdtempSync(join(tmpdir(), 'setpoint-ledger-'));
    return {
      place: { kind: 'embedded', path },
      path,
      remove: () => Promise.resolve(rmSync(path, { recursive: true, force: true })),
    };
  }
  const { url } = await server.front;
  const place = { kind: 'clickhouse', url, database: 'setpoint' } as const;
  return {
    place,
    path: '',
    async remove() {
      const engine = await openEngine(place);
      await engine.run('DROP DATABASE setpoint SYNC');
      await engine.close();
    },
  };
}

/** From now on places are directories again. */
export function useEmbedded(): void {
  server = undefined;
}
