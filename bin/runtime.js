/**
 * Finds a Node that runs this project and runs a program with it.
 *
 * Plain JavaScript for Node 20: this is what runs before anything else can. The project itself needs a Node that
 * executes TypeScript as it stands; the npm package `node` brings one, so that nobody has to install it.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectFolder = fileURLToPath(new URL('..', import.meta.url));

const NEEDED = { major: 22, minor: 18 };

/** @returns {boolean} whether the Node that runs this file executes TypeScript without a flag. */
export function currentNodeSuffices(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > NEEDED.major || (major === NEEDED.major && minor >= NEEDED.minor);
}

/** @returns {string} where the pinned Node lies once the project is installed. */
export function pinnedNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return join(projectFolder, 'node_modules', 'node', 'bin', name);
}

/** @returns {string | undefined} path of a Node that is new enough: the pinned one first, then this one. */
export function findNode() {
  if (existsSync(pinnedNode())) return pinnedNode();
  return currentNodeSuffices() ? process.execPath : undefined;
}

/**
 * Runs a program to its end with this process's stdin, stdout and stderr.
 * Signals are handed on, so that stopping this process stops the program in its own orderly way.
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {Promise<number>} its exit code; 128 + number when a signal ended it, as shells count.
 */
export function run(command, parameters, environment = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...parameters], { cwd: process.cwd(), env: environment, stdio: 'inherit' });
    const handOn = (signal) => {
      // A terminal sends Ctrl-C to the whole group: the program has it already, a second would hurry it.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'];
    for (const signal of signals) process.on(signal, handOn);
    const release = () => signals.forEach((signal) => process.off(signal, handOn));
    child.once('error', (error) => {
      release();
      reject(error);
    });
    child.once('close', (code, signal) => {
      release();
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

/**
 * Runs one of the project's TypeScript files as it stands.
 * The SQLite that is built into Node announces itself as young on every start; people need not read that.
 * @param {string} node
 * @param {string} file path from the project's folder
 * @param {readonly string[]} parameters
 */
export function runSource(node, file, parameters) {
  return run(node, ['--disable-warning=ExperimentalWarning', join(projectFolder, file), ...parameters]);
}
