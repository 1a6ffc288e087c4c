/** One gateway worker: a listening socket, a journal of its own, and the rulebook in force. No database. */
import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { createGateway, createSegmentCounter, Ladder } from '../gateway/gateway.ts';
import { JournalError, openJournal } from '../ledger/ledger.ts';
import type { Journal } from '../ledger/ledger.ts';
import type { Settings } from '../operate/operate.ts';
import { dataFiles } from '../operate/operate.ts';
import { createIdSource } from '../units/ids.ts';
import { openBudgetHolding } from './budget-holder.ts';
import { ageSeconds, conditionOf } from './gateway-condition.ts';
import { faultWords } from './log.ts';
import { isRetire, journalRoot } from './places.ts';
import type { RoleWorld } from './places.ts';
import { watchPressure } from './pressure.ts';
import { followRulebook } from './rulebook-file.ts';
import { followRulebookKeys } from './rulebook-keys.ts';
import { tellStanding } from './worker-standing.ts';
import type { RulebookFile } from './rulebook-file.ts';

/** After the last call has ended its line may still be counted in another thread. */
const SETTLE_MS = 5_000;
/** As long as a worker before this one is waited for, and how often is looked. */
const SLOT_WITHIN_MS = 30_000;
const SLOT_LOOK_MS = 250;
const COUNTS_REMEMBERED = 50_000;
const COUNT_QUEUE_CHARACTERS = 8_000_000;

/**
 * Serves until SIGTERM, or until another worker has taken its place, then lets calls under way finish.
 * @param slot names the journal's writer; stable over restarts.
 */
export async function runGatewayWorker(settings: Settings, slot: string, world: RoleWorld): Promise<void> {
  // Without this a worker ends at once when its supervisor is gone, and cuts every stream.
  if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
  const retired = retirement(world);
  const rulebook = await rulebookOf(settings, world);
  const journal = await journalOf(settings, slot, world);
  const budgets = await openBudgetHolding(journal.id, settings, rulebook, world);
  rulebook.watch(budgets.obey);
  const counter = createSegmentCounter({
    hashKey: randomBytes(32),
    remember: COUNTS_REMEMBERED,
    queueLimit: COUNT_QUEUE_CHARACTERS,
  });
  const overload = new Ladder();
  const pressure = watchLadder(overload, { journal, rulebook, settings, world });
  const condition = () => conditionOf({ journal, rulebook, overload, nowMs: world.nowMs });
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
      rulebook_age_seconds: ageSeconds(rulebook, world.nowMs),
    }),
    condition,
    runtime: { node: world.nodeVersion, ...(world.nodeWarning === '' ? {} : { warning: world.nodeWarning }) },
    onFault: (fault) => world.say(faultWords(fault), { event: 'process.fault', level: 'error' }),
  });
  await listen(gateway, settings);
  world.tellParent({ ready: true });
  const standing = tellStanding({ slot, gateway, facts: () => condition().facts, world });
  const why = await Promise.race([world.untilAskedToStop, retired]);
  standing.draining();
  await drain(gateway, why === 'retired', settings, world);
  await settleAll(journal, world);
  standing.stop();
  rulebook.stop();
  pressure.stop();
  await budgets.stop(); // before the journal ends: its totals stand until the ledger has all of it
  counter.close();
  await journal.close();
}

/**
 * A worker of a supervisor that was killed may still be serving its last streams in this slot. Waiting for it here keeps this
 * one from being counted as a start that failed.
 */
async function journalOf(settings: Settings, slot: string, world: RoleWorld): Promise<Journal> {
  const endMs = world.monotonicMs() + SLOT_WITHIN_MS;
  let stopping = false;
  void world.untilAskedToStop.then(() => (stopping = true));
  for (let isFirst = true; ; isFirst = false) {
    try {
      return openJournal({
        directory: journalRoot(settings),
        slot,
        now: world.nowMs,
        durability: settings.gateway.durability,
        failpoints: world.failpoints,
      });
    } catch (fault) {
      const isInUse = fault instanceof JournalError && fault.code === 'in_use';
      if (!isInUse || stopping || world.monotonicMs() > endMs) throw fault;
      if (isFirst)
        world.say(`${slot} is still in use by a worker that finishes its calls; waiting for it`, {
          event: 'journal.waiting',
          level: 'warning',
        });
      await pause(SLOT_LOOK_MS);
    }
  }
}

/** Feeds the ladder, and says when it takes another step. */
function watchLadder(
  overload: Ladder,
  parts: {
    readonly journal: Journal;
    readonly rulebook: RulebookFile;
    readonly settings: Settings;
    readonly world: RoleWorld;
  },
): ReturnType<typeof watchPressure> {
  const { journal, rulebook, settings, world } = parts;
  return watchPressure({
    journals: journalRoot(settings),
    syncLagMs: () => journal.syncLagMs(),
    memoryBytes: () => rulebook.current().overload.memoryBytes,
    observe: (sample) => {
      const before = overload.step;
      overload.observe(sample, rulebook.current().overload);
      if (overload.step === before) return;
      world.say(`overload: ${before} → ${overload.step}`, {
        event: 'overload.step',
        level: overload.step === 'normal' ? 'info' : 'warning',
        fields: { name: overload.step },
      });
    },
  });
}

function rulebookOf(settings: Settings, world: RoleWorld): Promise<RulebookFile> {
  const path = dataFiles(settings.data).rulebook;
  return followRulebook({ path, keys: followRulebookKeys(settings, world), say: world.say });
}

function listen({ server }: ReturnType<typeof createGateway>, { gateway }: Settings): Promise<void> {
  const { host, port } = gateway.listen;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

/** A worker that is replaced goes on listening for a stop: then nobody is left to wait for. */
function retirement(world: RoleWorld): Promise<'retired'> {
  return new Promise((resolve) =>
    world.onParentMessage((message) => {
      if (isRetire(message)) resolve('retired');
    }),
  );
}

async function drain(
  gateway: ReturnType<typeof createGateway>,
  retired: boolean,
  settings: Settings,
  world: RoleWorld,
): Promise<void> {
  const { noticeMs, finishMs } = settings.gateway.stop;
  let stopping = !retired;
  void world.untilAskedToStop.then(() => (stopping = true));
  const startedMs = world.monotonicMs();
  const { inFlight } = gateway.metrics;
  world.say(
    retired
      ? `replaced: takes no more connections and finishes ${inFlight} calls`
      : `stopping: not ready from now on, finishes ${inFlight} calls`,
    { event: 'drain.begun', fields: { inFlight, withinMs: finishMs } },
  );
  await gateway.drain(finishMs, {
    noticeMs: retired ? 0 : noticeMs, // others listen at the same address already
    keepIdle: () => !stopping,
  });
  const tookMs = Math.round(world.monotonicMs() - startedMs);
  world.say(`drained in ${tookMs} ms`, { event: 'drain.done', fields: { tookMs } });
}

/** Every attempt that has ended gets its line; what is open after that is presumed by recovery. */
async function settleAll(journal: Journal, world: RoleWorld): Promise<void> {
  const untilMs = world.monotonicMs() + SETTLE_MS;
  while (journal.openAttempts() > 0 && world.monotonicMs() < untilMs)
    await new Promise<void>((resolve) => void setTimeout(resolve, 20));
  const openAttempts = journal.openAttempts();
  if (openAttempts > 0)
    world.say(`${openAttempts} attempts did not settle; they are charged as presumed until corrected`, {
      event: 'journal.presumed',
      level: 'warning',
      fields: { openAttempts },
    });
}
