/** The data of a directory that no Setpoint runs with, opened for a backup or a verification. */
import { existsSync } from 'node:fs';

import { careFor, createDrain, openLedger } from '../ledger/ledger.ts';
import type { LedgerCare } from '../ledger/ledger.ts';
import { openRegistry } from '../registry/registry.ts';
import type { Registry } from '../registry/registry.ts';
import { dataFiles } from './files.ts';

export interface Offline {
  readonly registry: Registry;
  readonly care: LedgerCare;
  close(): Promise<void>;
}

/** Never drains: it only stands where the drain would, so that no other can begin. @throws Error when the data are in use. */
export async function openOffline(ask: {
  readonly data: string;
  readonly nowMs: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
}): Promise<Offline> {
  const files = dataFiles(ask.data);
  if (!existsSync(files.registry))
    throw new Error(
      `${ask.data} holds no data of Setpoint. Nothing was changed. Name the data directory with --data.`,
    );
  const { nowMs } = ask;
  const progress = () => ({ backlogFrames: 0, completeUntilMs: 0, trouble: 'nothing is drained offline' });
  const ledger = await openLedger({ place: { kind: 'embedded', path: files.ledger }, nowMs, progress });
  try {
    const drain = createDrain({
      root: files.journals,
      stateDirectory: files.drain,
      sink: ledger,
      now: nowMs,
    });
    const registry = await openRegistry({ file: files.registry, nowMs, randomBytes: ask.randomBytes });
    return {
      registry,
      care: careFor({ store: ledger, drain, journalRoot: files.journals, drainState: files.drain }),
      async close() {
        await registry.close();
        drain.close();
        await ledger.close();
      },
    };
  } catch (fault) {
    await ledger.close();
    throw fault;
  }
}
