/**
 * A process to be killed. `write` records calls and says each one that was acknowledged; `recover` recovers;
 * `drain` drains into a ledger in a file until nothing is left. Arguments: role, directory, settings as JSON.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createDrain } from '../../src/ledger/drain/drain.ts';
import { createFailpoints } from '../../src/ledger/failpoints.ts';
import { recoverJournals } from '../../src/ledger/journal/recover.ts';
import { openJournal } from '../../src/ledger/journal/writer.ts';
import { plainLines, plainPresumed, someIntent, someSettlement, TokenSink } from './journal-world.ts';

interface ChildSettings {
  readonly failpoints?: string;
  readonly calls?: number;
  readonly segmentBytes?: number;
  readonly batchFrames?: number;
  /** A defect to be caught: says that a call is acknowledged before it is recorded. */
  readonly acknowledgeFirst?: boolean;
}

const [role = '', directory = '', text = '{}'] = process.argv.slice(2);
const settings = JSON.parse(text) as ChildSettings;
const failpoints = createFailpoints(settings.failpoints ?? '');

if (role === 'write') await write();
else if (role === 'recover') {
  recoverJournals({ root: join(directory, 'journals'), now: Date.now, failpoints, presume: plainPresumed });
} else await drain();
writeSync(1, 'done\n');

async function write(): Promise<void> {
  const journal = openJournal({
    directory: join(directory, 'journals'),
    slot: 'gateway-1',
    now: Date.now,
    failpoints,
    ballastBytes: 0,
    lines: plainLines,
    segmentBytes: settings.segmentBytes ?? 30_000,
  });
  const prefix = journal.id;
  writeSync(1, 'ready\n');
  for (let call = 0; call < (settings.calls ?? Number.POSITIVE_INFINITY); call += 1) {
    const held = someIntent(`${prefix}-${call}-held`);
    const intent = someIntent(`${prefix}-${call}`);
    if (call % 5 === 0) journal.intend(held);
    journal.intend(intent);
    if (settings.acknowledgeFirst === true) writeSync(1, `${intent.attempt}\n`);
    journal.settle(someSettlement(intent));
    if (settings.acknowledgeFirst !== true) writeSync(1, `${intent.attempt}\n`);
    if (call % 5 === 3) journal.settle(someSettlement(someIntent(`${prefix}-${call - 3}-held`)));
    if (call % 16 === 0) await pause(1);
  }
  await journal.close();
}

async function drain(): Promise<void> {
  const drained = createDrain({
    root: join(directory, 'journals'),
    stateDirectory: join(directory, 'drain'),
    sink: new TokenSink(join(directory, 'ledger')),
    now: Date.now,
    failpoints,
    batchFrames: settings.batchFrames ?? 7,
  });
  for (;;) {
    const step = await drained.step();
    if (step.trouble !== '') throw new Error(step.trouble);
    if (step.backlogFrames === 0) break;
  }
  drained.close();
}
