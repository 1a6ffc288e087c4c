/** The demo company in a real ledger, with its truth, made in one pass: eight months of it and few single calls. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createDemo, createTally, outcomeLines, reportTruth } from '../../src/demo/demo.ts';
import { watchesOf, writeStatements } from '../../src/demo/demo.ts';
import type { Demo, Truth } from '../../src/demo/demo.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';

export const NOW_MS = Date.UTC(2026, 10, 25, 16);

export interface Company {
  readonly demo: Demo;
  readonly truth: Truth;
  readonly ledger: Ledger;
  readonly statements: ReturnType<typeof writeStatements>;
  /** JSON lines: what came of the calls, and what customers paid. */
  readonly outcomes: readonly string[];
  close(): Promise<void>;
}

/** Eight months reach back to before the oldest story that is asked about, and no story is about single calls. */
export async function openCompany(): Promise<Company> {
  const path = mkdtempSync(join(tmpdir(), 'setpoint-stories-'));
  const demo = await createDemo({ seed: 'harborline', nowMs: NOW_MS, months: 8, rowShare: 0.004 });
  const { customers, stories } = demo;
  const tally = createTally({ customers, stories, watches: watchesOf(stories) });
  const ledger = await openLedger({
    place: { kind: 'embedded', path },
    nowMs: () => NOW_MS,
    progress: () => ({ backlogFrames: 0, completeUntilMs: NOW_MS, trouble: '' }),
  });
  for (const block of demo.blocks((priced) => tally.add(priced))) await ledger.importLines(block);
  const statements = writeStatements(tally.billed.values(), stories);
  return {
    demo,
    truth: reportTruth({ ...demo, tally, statements: statements.sums }),
    ledger,
    statements,
    outcomes: [...outcomeLines({ ...demo, tally })],
    async close() {
      await ledger.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
}
