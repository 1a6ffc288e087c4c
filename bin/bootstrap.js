/**
 * What the npm scripts run: `node bin/bootstrap.js start|demo|test|check|bench|simulate|chaos …`.
 *
 * Plain JavaScript for Node 20 without a dependency, so that a fresh clone needs nothing but Node with npm: it
 * installs what is missing, builds the web app, then hands over to Node 24.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBrowser, ensurePackages, ensureServers, ensureWebApp } from './install.js';
import { findNode, projectFolder, run, runSource } from './runtime.js';

const tool = (...path) => join(projectFolder, 'node_modules', ...path);
const vitest = () => [tool('vitest', 'vitest.mjs'), 'run'];

/**
 * The gates of `check`, in the order in which a fault is cheapest to find. The tests come last: their tally ends the output.
 * @returns {Array<[name: string, command: string[]]>}
 */
function gates() {
  const web = join(projectFolder, 'src', 'web', 'tsconfig.json');
  const typescript = tool('typescript', 'bin', 'tsc');
  return [
    ['format', [tool('oxfmt', 'bin', 'oxfmt'), '--check']],
    ['lint', [tool('oxlint', 'bin', 'oxlint'), '--deny-warnings']],
    ['types', [typescript, '--noEmit']],
    ...(existsSync(web) ? [['types of the web app', [typescript, '--noEmit', '-p', web]]] : []),
    ['dead code', [tool('knip', 'bin', 'knip.js'), '--no-progress']],
  ];
}

async function check(node, parameters) {
  const faults = [];
  const all = gates();
  for (const [name, command] of all) {
    process.stdout.write(`\n— ${name}\n`);
    if ((await run(node, command)) !== 0) faults.push(name);
  }
  const passed = all.length - faults.length;
  const words = faults.length === 0 ? '' : `: ${faults.join(', ')}`;
  process.stdout.write(`\nchecks: ${passed} passed, ${faults.length} failed${words}\n`);
  if (parameters.includes('--without-tests')) return faults.length === 0 ? 0 : 1;
  const tests = await run(node, vitest());
  if (faults.length > 0) process.stderr.write(`the check failed: ${faults.join(', ')}\n`);
  return faults.length === 0 ? tests : 1;
}

/** The long forms of the promises; with words, those files whose names have them. */
function chaos(node, parameters) {
  if (parameters.includes('--list')) return runSource(node, 'test/chaos/list.ts', []);
  const settings = join(projectFolder, 'test', 'chaos', 'long', 'vitest.config.ts');
  return run(node, [...vitest(), '--root', projectFolder, '--config', settings, ...parameters]);
}

async function main([task, ...parameters]) {
  const tasks = ['start', 'demo', 'test', 'check', 'bench', 'simulate', 'chaos', 'screens'];
  if (task === undefined || !tasks.includes(task)) {
    process.stderr.write(`usage: node bin/bootstrap.js ${tasks.join('|')} [parameters]\n`);
    return 2;
  }
  await ensurePackages();
  const node = findNode();
  if (node === undefined) throw new Error('No Node 22.18 or newer was found after installing.');
  if (task === 'bench') return runSource(node, 'bench/bench.ts', parameters);
  if (task === 'simulate') return runSource(node, 'test/simulation/main.ts', parameters);
  if (task === 'chaos') return chaos(node, parameters);
  await ensureWebApp(node);
  if (task === 'start') return runSource(node, 'src/main.ts', ['up', ...parameters]);
  if (task === 'demo') return runSource(node, 'src/main.ts', ['demo', ...parameters]);
  ensureBrowser();
  if (task === 'screens') return runSource(node, 'test/screens/screens.ts', parameters);
  ensureServers();
  return task === 'test' ? run(node, [...vitest(), ...parameters]) : check(node, parameters);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`setpoint: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
