/**
 * The process of a host that has gateways and no control: moves this host's journals into the ledger on the server, and
 * nothing else. Roll-ups are kept by the ledger process of control.
 */
import { createDrain } from '../ledger/ledger.ts';
import type { DrainStep } from '../ledger/ledger.ts';
import type { Settings } from '../operate/operate.ts';
import { drainedTeller } from './drained-journals.ts';
import { hostTeller } from './hosts.ts';
import { hostId, openPatiently, storePlace } from './ledger-place.ts';
import { DRAIN_EVERY_MS, drainState, journalRoot } from './places.ts';
import type { RoleWorld } from './places.ts';

export async function runDrain(settings: Settings, world: RoleWorld): Promise<void> {
  const stopping = new AbortController();
  void world.untilAskedToStop.then(() => stopping.abort());
  world.tellParent({ ready: true }); // gateways need not wait for the server
  const ledger = await openPatiently(
    {
      place: storePlace(settings, world),
      nowMs: world.nowMs,
      progress: () => ({ backlogFrames: 0, completeUntilMs: 0, trouble: '' }),
      keepsRollups: false,
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
  const say = teller(world);
  const host = hostTeller(ledger, hostId(settings.data), world);
  await drain.run({
    everyMs: DRAIN_EVERY_MS,
    signal: stopping.signal,
    onStep: (step) => {
      say(step);
      host.told(step);
    },
  });
  const last = await drain.step(); // gateways end before this process: what they wrote last is on the disk
  say(last);
  await host.ended(last);
  drained?.close();
  drain.close();
  await ledger.close();
}

/** Says when trouble begins, changes, and ends. */
function teller({ say }: Pick<RoleWorld, 'say'>): (step: DrainStep) => void {
  let told = '';
  return ({ trouble, backlogFrames }) => {
    if (trouble === told) return;
    say(trouble === '' ? `the ledger takes calls again; ${backlogFrames} frames wait` : trouble);
    told = trouble;
  };
}
