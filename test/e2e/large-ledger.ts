/** A ledger of many calls for a test: imported in one block while the system rests, then started again. */
import { join } from 'node:path';

import { openLedger } from '../../src/ledger/ledger.ts';
import type { ImportBlock } from '../../src/ledger/ledger.ts';
import type { System } from './system.ts';

const HOUR_MS = 3_600_000;
const WORKFLOWS = ['support', 'extraction', 'research', ''];

/** Simulated calls, so that those of the simulator stand among them, ending some minutes ago. */
export async function fillLedger(system: System, lines: number): Promise<void> {
  await system.halt();
  const nowMs = Date.now();
  const ledger = await openLedger({
    place: { kind: 'embedded', path: join(system.directory, 'data', 'ledger') },
    nowMs: () => nowMs,
    progress: () => ({ backlogFrames: 0, completeUntilMs: nowMs, trouble: '' }),
  });
  try {
    await ledger.importLines(blockOf(lines, nowMs - HOUR_MS / 6));
  } finally {
    await ledger.close();
  }
  await system.startAgain();
}

function blockOf(lines: number, latestMs: number): ImportBlock {
  const each = (of: (at: number) => number): Uint32Array =>
    Uint32Array.from({ length: lines }, (_, at) => of(at));
  return {
    id: 'large-ledger',
    source: 'import',
    lines,
    startedAtMs: Float64Array.from({ length: lines }, (_, at) => latestMs - at * 1_731),
    provider: 'openai',
    model: { values: ['gpt-large', 'gpt-small'], at: each((at) => at % 2) },
    workflow: { values: WORKFLOWS, at: each((at) => at % WORKFLOWS.length) },
    team: 'CX',
    customer: { values: ['Halcyon Retail', 'Castor & Söhne'], at: each((at) => at % 2) },
    tags: { values: [{ environment: 'production' }, { environment: 'staging' }], at: each((at) => at % 2) },
    attributedBy: 'said',
    request: '4bf92f3577b34da6a3ce929d0e0e4736',
    priceVersion: '2026-10-01.3',
    simulated: 1,
    stream: 1,
    durationMs: each((at) => 400 + (at % 3_000)),
    firstByteMs: each((at) => 100 + (at % 300)),
    finishReason: 'stop',
    composition: {
      basis: 'exact',
      input: { system: 812, history: 2_418, user: each((at) => 300 + (at % 97)) },
      output: { text: each((at) => 100 + (at % 53)) },
    },
    buckets: [
      {
        bucket: 'freshIn',
        units: each((at) => 3_530 + (at % 97)),
        rate: 4_900_000_000_000n,
        listRate: 5_000_000_000_000n,
      },
      {
        bucket: 'textOut',
        units: each((at) => 100 + (at % 53)),
        rate: 24_500_000_000_000n,
        listRate: 25_000_000_000_000n,
      },
    ],
  };
}
