/**
 * The ledger process: owns the store, drains the journals into it, answers questions. Its failure takes neither the
 * API nor the gateways down; journals grow until it is back.
 */
import { careFor, createDrain, serveLedger } from '../ledger/ledger.ts';
import type { DrainProgress, Ledger } from '../ledger/ledger.ts';
import type { Settings } from '../operate/operate.ts';
import { drainedTeller } from './drained-journals.ts';
import { hostListener } from './hosts.ts';
import { openPatiently, storePlace } from './ledger-place.ts';
import { DRAIN_EVERY_MS, drainState, journalRoot } from './places.ts';
import type { RoleWorld } from './places.ts';
import { rollupKeeping } from './rollup-keeping.ts';

export async function runLedger(settings: Settings, world: RoleWorld): Promise<void> {
  let progress: DrainProgress = {
    backlogFrames: 0,
    completeUntilMs: 0,
    trouble: 'the first drain is still under way',
  };
  const stopping = new AbortController();
  void world.untilAskedToStop.then(() => stopping.abort());
  const keeping = await rollupKeeping(settings, world, stopping.signal);
  const ledger = await openPatiently(
    {
      place: storePlace(settings, world),
      nowMs: world.nowMs,
      progress: () => progress,
      keepsRollups: keeping.keeps,
      failpoints: world.failpoints,
    },
    world,
    stopping.signal,
  );
  if (ledger === undefined) return;
  const drained = drainedTeller(settings, world);
  const drain = createDrain({
    root: journalRoot(settings),
    stateDirectory: drainState(settings),
    sink: ledger,
    now: world.nowMs,
    failpoints: world.failpoints,
    ...(drained !== undefined && { onFinished: drained.onFinished }),
  });
  const care = careFor({
    store: ledger,
    drain,
    journalRoot: journalRoot(settings),
    drainState: drainState(settings),
  });
  serveLedger({ ...ledger, ...care }, { send: world.tellParent, onMessage: keeping.onMessage });
  world.tellParent({ ready: true });

  const condense = condenser(ledger, world);
  const others = settings.ledger === undefined ? undefined : hostListener(ledger, world);
  await drain.run({
    everyMs: DRAIN_EVERY_MS,
    signal: stopping.signal,
    onStep: (step) => {
      others?.look();
      progress = others?.with(step) ?? step;
      condense();
    },
  });
  drained?.close();
  await ledger.close();
}

const TRY_AGAIN_MS = 60_000;

/** Beside the drain, one at a time. A failure makes questions slower and nothing wrong, so it is only tried again later. */
function condenser(ledger: Ledger, { nowMs }: Pick<RoleWorld, 'nowMs'>): () => void {
  let busy = false;
  let notBeforeMs = 0;
  return () => {
    if (busy || nowMs() < notBeforeMs) return;
    busy = true;
    void ledger
      .condense('rested')
      .catch(() => {
        notBeforeMs = nowMs() + TRY_AGAIN_MS;
      })
      .finally(() => {
        busy = false;
      });
  };
}
