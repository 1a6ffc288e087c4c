/**
 * The program: reads the world once, then is either the command line or one of the processes that `setpoint up` starts.
 * The only file that reads the environment, the clock and the process; everything else is given them.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import cluster from 'node:cluster';
import type { Worker } from 'node:cluster';
import { fileURLToPath } from 'node:url';

import type { Settings } from './operate/operate.ts';
import { createSay, faultWords, logFormat, logLevel } from './roles/log.ts';
import type { Say } from './roles/log.ts';
import type { Role, RoleWorld } from './roles/places.ts';

const PROGRAM = fileURLToPath(import.meta.url);
/** How a child process is told what it is: settings hold places of secrets, never secrets. */
const ROLE_SETTINGS = 'SETPOINT_ROLE_SETTINGS';
const ROLE_SLOT = 'SETPOINT_ROLE_SLOT';
const LOG = 'SETPOINT_LOG';

const [first, role] = process.argv.slice(2);
process.exitCode = first === 'role' ? await runRole(role as Role) : await runCommandLine();

async function runRole(name: Role): Promise<number> {
  const { createFailpoints } = await import('./ledger/ledger.ts');
  const settings = JSON.parse(process.env[ROLE_SETTINGS] ?? '') as Settings;
  const slot = process.env[ROLE_SLOT] ?? 'gateway-1';
  const world = createWorld(
    createFailpoints(process.env['SETPOINT_FAILPOINTS'] ?? ''),
    sayAs(name, name === 'gateway' ? slot : ''),
  );
  process.title = `setpoint ${name}`;
  process.on('SIGHUP', () => undefined); // the supervisor's to hear
  try {
    switch (name) {
      case 'gateway':
        await (await import('./roles/gateway-worker.ts')).runGatewayWorker(settings, slot, world);
        break;
      case 'control':
        await (await import('./roles/control.ts')).runControl(settings, world);
        break;
      case 'follower':
        await (await import('./roles/follower.ts')).runFollower(settings, world);
        break;
      case 'ledger':
        await (await import('./roles/ledger.ts')).runLedger(settings, world);
        break;
      case 'drain':
        await (await import('./roles/drain.ts')).runDrain(settings, world);
        break;
      case 'simulator':
        await (await import('./roles/simulator.ts')).runSimulator(settings, world);
        break;
    }
    if (process.connected) process.disconnect();
    process.exit(0); // idle keep-alive sockets of clients must not hold a stopped role
  } catch (fault) {
    world.say(`${name}: ${faultWords(fault)}`, { event: 'process.failed', level: 'error' });
    process.exit(1);
  }
}

async function runCommandLine(): Promise<number> {
  const { runCli } = await import('./cli/cli.ts');
  return runCli(process.argv.slice(2), {
    environment: process.env,
    workingDirectory: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    nowMs: Date.now,
    interrupts,
    start: async ({ settings, reread, parts, log, onReady }) => {
      if (log !== undefined) process.env[LOG] = log; // children write as their supervisor does
      const { createFailpoints } = await import('./ledger/ledger.ts');
      const { runUp, setUpCluster } = await import('./roles/up.ts');
      const failpoints = createFailpoints(process.env['SETPOINT_FAILPOINTS'] ?? '');
      const world = createWorld(failpoints, sayAs(parts === 'control' ? 'control' : 'up', ''));
      if (world.nodeWarning !== '')
        world.say(world.nodeWarning, { event: 'runtime.warning', level: 'warning' });
      if (parts === 'control') {
        await (
          await import('./roles/control.ts')
        ).runControl(settings, { ...world, tellParent: (message) => isReady(message) && onReady() });
        return;
      }
      setUpCluster(PROGRAM, process.execArgv);
      const forkGateway = (slot: string, own: Settings): Worker =>
        cluster.fork({ [ROLE_SETTINGS]: JSON.stringify(own), [ROLE_SLOT]: slot });
      await runUp({ settings, reread, forkGateway, parts, onReady, onReloadAsked }, world);
    },
  });
}

/** Ctrl-C of a person who waits for an answer. A second one ends the process, as the first would have without this. */
function interrupts(): AbortSignal {
  const interrupting = new AbortController();
  process.once('SIGINT', () => interrupting.abort());
  return interrupting.signal;
}

/**
 * An operator asks with SIGUSR2 ("setpoint reload" does) or SIGHUP. Where a person's terminal hangs up, SIGHUP is an end
 * instead; see `untilAskedToStop`.
 */
function onReloadAsked(listener: () => void): void {
  process.on('SIGUSR2', listener);
  if (!process.stderr.isTTY) process.on('SIGHUP', listener);
}

/** Also what Node itself would write: warnings, and the fault that ends a process, without the line of code or its data. */
function sayAs(name: string, slot: string): Say {
  const say = createSay({
    format: logFormat(process.env[LOG], process.stderr.isTTY),
    least: logLevel(process.env['SETPOINT_LOG_LEVEL']),
    process: name,
    slot,
    nowMs: Date.now,
    write: (line) => void process.stderr.write(line),
  });
  process.removeAllListeners('warning');
  process.on('warning', (warning) =>
    say(`${warning.name}: ${warning.message}`, { event: 'runtime.warning', level: 'debug' }),
  );
  process.on('uncaughtException', (fault) => {
    say(`${name} ends: ${faultWords(fault)}`, { event: 'process.fault', level: 'error' });
    process.exit(1);
  });
  return say;
}

function createWorld(failpoints: RoleWorld['failpoints'], say: Say): RoleWorld {
  return {
    environment: process.env,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
    say,
    tellParent: (message) => {
      // With a callback a parent that has just disappeared is no fault: its end is heard as the channel's.
      if (process.connected) process.send?.(message, undefined, {}, () => undefined);
    },
    ...(process.send !== undefined && {
      wipe: () => void process.send?.({ wipe: true }),
      reload: () => void process.send?.({ reload: true }),
    }),
    onParentMessage: (receive) => void process.on('message', receive),
    untilAskedToStop: untilAskedToStop(),
    failpoints,
    nodeVersion: process.versions.node,
    nodeWarning: nodeWarning(process.versions.node),
    startRole: (name, settings) => startRole(name, settings),
  };
}

function startRole(name: string, settings: Settings): ChildProcess {
  return fork(PROGRAM, ['role', name], {
    env: { ...process.env, [ROLE_SETTINGS]: JSON.stringify(settings) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced', // postings hold bigint, imports typed arrays
  });
}

function isReady(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'ready' in message;
}

/** A child follows its parent: told to stop by it, or by its disappearance. Ctrl-C is the supervisor's to hear. */
function untilAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    process.on('SIGTERM', () => resolve()); // a second one must not cut what the first lets finish
    if (process.send === undefined) {
      process.once('SIGINT', () => resolve());
      if (process.stderr.isTTY) process.once('SIGHUP', () => resolve());
    } else {
      process.on('SIGINT', () => undefined);
      process.once('disconnect', () => resolve());
      if (!process.connected) resolve(); // it disappeared while this one was starting, and will not be heard again
    }
  });
}

/** Security releases of October 2026: below them a hostile provider could reach code execution through Brotli. */
function nodeWarning(version: string): string {
  const floors: Readonly<Record<number, readonly [minor: number, patch: number]>> = {
    22: [23, 4],
    24: [22, 1],
    26: [12, 1],
  };
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const floor = floors[major];
  if (floor === undefined || minor > floor[0] || (minor === floor[0] && patch >= floor[1])) return '';
  return `Node ${version} lacks security fixes of ${major}.${floor.join('.')}; Setpoint never asks for compressed answers, but update Node when you can.`;
}
