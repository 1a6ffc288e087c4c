/** The built-in upstream in a process of its own, so that the gateway reaches it like any provider. */
import { join, resolve } from 'node:path';

import type { Settings } from '../operate/operate.ts';
import { loadReplay, startSimulator } from '../simulator/simulator.ts';
import type { RoleWorld } from './places.ts';

const SEED = 'setpoint';

export async function runSimulator(settings: Settings, world: RoleWorld): Promise<void> {
  const { listen, timeScale, replay } = settings.simulator;
  const simulator = await startSimulator({
    host: listen.host,
    port: listen.port,
    seed: SEED,
    timeScale,
    bookFile: join(settings.data, 'simulator-book.ndjson'),
    nowMs: world.nowMs,
    ...(replay === undefined ? {} : { replay: await loadReplay({ ...replay, file: resolve(replay.file) }) }),
  });
  world.tellParent({ ready: true });
  await world.untilAskedToStop;
  await simulator.close();
}
