/** One gateway worker: a listening socket, a journal of its own, and the rulebook in force. No database. */
import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';

import { createGateway, createSegmentCounter, Ladder } from '../gateway/gateway.ts';
import { openJournal } from '../ledger/ledger.ts';
import type { Settings } from '../operate/operate.ts';
import { dataFiles } from '../operate/operate.ts';
import { createIdSource } from '../units/ids.ts';
import { holdBudgets } from './budget-holder.ts';
import { budgetSocketPath, connectAuthority } from './budget-socket.ts';
import { journalRoot } from './places.ts';
import type { RoleWorld } from './places.ts';
import { watchPressure } from './pressure.ts';
import { followRulebook } from './rulebook-file.ts';
import { followRulebookKeys } from './rulebook-keys.ts';

const DRAIN_MS = 15 * 60_000;
const COUNTS_REMEMBERED = 50_000;
const COUNT_QUEUE_CHARACTERS = 8_000_000;

/**
 * Serves until SIGTERM, then lets calls under way finish.
 * @param slot names the journal's writer; stable over restarts.
 */
export async function runGatewayWorker(settings: Settings, slot: string, world: RoleWorld): Promise<void> {
  // Without this a worker ends at once when its supervisor is gone, and cuts every stream.
  if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
  const rulebook = await followRulebook({
    path: dataFiles(settings.data).rulebook,
    keys: followRulebookKeys(settings, world),
    say: (text) => world.say(`${slot} ${text}`),
  });
  const journal = openJournal({
    directory: journalRoot(settings),
    slot,
    now: world.nowMs,
    durability: settings.gateway.durability,
    failpoints: world.failpoints,
  });
  const budgets = holdBudgets({
    journal: journal.id,
    link: connectAuthority({ path: budgetSocketPath(settings.data), monotonicMs: world.monotonicMs }),
    nowMs: world.nowMs,
    monotonicMs: world.monotonicMs,
    say: (text) => world.say(`${slot} ${text}`),
  });
  rulebook.watch(budgets.obey);
  const counter = createSegmentCounter({
    hashKey: randomBytes(32),
    remember: COUNTS_REMEMBERED,
    queueLimit: COUNT_QUEUE_CHARACTERS,
  });
  const overload = new Ladder();
  const pressure = watchPressure({
    journals: journalRoot(settings),
    syncLagMs: () => journal.syncLagMs(),
    memoryBytes: () => rulebook.current().overload.memoryBytes,
    observe: (sample) => {
      const before = overload.step;
      overload.observe(sample, rulebook.current().overload);
      if (overload.step !== before) world.say(`${slot} overload: ${before} → ${overload.step}`);
    },
  });
  const gateway = createGateway({
    overload,
    rulebook: rulebook.current,
    recorder: journal,
    counter,
    budgets: budgets.holder,
    newId: createIdSource(world.nowMs),
    nowMs: world.nowMs,
    monotonicMs: world.monotonicMs,
    chance: Math.random,
    gauges: () => ({
      journal_sync_lag_seconds: journal.syncLagMs() / 1_000,
      rulebook_version: rulebook.current().version,
      ...pressure.gauges(),
    }),
    runtime: { node: world.nodeVersion, ...(world.nodeWarning === '' ? {} : { warning: world.nodeWarning }) },
    onFault: (fault) =>
      world.say(`${slot} fault: ${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}`),
  });
  const { host, port } = settings.gateway.listen;
  await new Promise<void>((resolve, reject) => {
    gateway.server.once('error', reject);
    gateway.server.listen(port, host, resolve);
  });
  world.tellParent({ ready: true });
  await world.untilAskedToStop;
  await gateway.drain(DRAIN_MS);
  rulebook.stop();
  pressure.stop();
  await budgets.stop(); // before the journal ends: its totals stand until the ledger has all of it
  counter.close();
  await journal.close();
}
