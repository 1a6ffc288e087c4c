/** Brings the project to a state in which it can run: packages, the web app, browser and servers for the tests that need them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pinnedNode, projectFolder, run } from './runtime.js';

const say = (text) => process.stderr.write(`setpoint: ${text}\n`);

/** Installs the locked packages when they are missing or are not those of the lock file. */
export async function ensurePackages() {
  const reason = whyInstall();
  if (reason === undefined) return;
  say(
    `${reason}: running \`npm ci\` (about 1 GB under node_modules, most of it the embedded ledger engine).`,
  );
  let code = await npm(['ci']);
  if (code !== 0) {
    // A registry that lacks the packages of other platforms makes `npm ci` refuse a sound lock file.
    say('`npm ci` refused; trying `npm install --no-save`, which takes the same locked versions.');
    code = await npm(['install', '--no-save']);
  }
  if (code !== 0)
    throw new Error('npm could not install the packages; its own message is above. Nothing was started.');
  if (existsSync(pinnedNode())) return;
  throw new Error(
    'The packages are there but Node 24 is not: the install script of the package `node` did not run. ' +
      'Allow it (`npm config get ignore-scripts` should say false) and run `npm ci` again. Nothing was started.',
  );
}

/** @returns {string | undefined} the reason to install, undefined when the packages are those of the lock file. */
export function whyInstall(folder = projectFolder) {
  const installed = readPackages(join(folder, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return 'the packages are not installed yet';
  if (!existsSync(join(folder, 'node_modules', 'node', 'bin'))) return 'Node 24 is not installed yet';
  const locked = readPackages(join(folder, 'package-lock.json')) ?? {};
  for (const [path, entry] of Object.entries(locked)) {
    if (path === '') continue;
    const present = installed[path];
    // Optional packages are built for one platform each: the others are rightly absent.
    if (present === undefined && (entry.optional || entry.devOptional || entry.peer)) continue;
    if (present?.version !== entry.version) return 'the installed packages differ from package-lock.json';
  }
  return undefined;
}

/** Builds the web app when it was never built or its sources are newer. Does nothing while there is none. */
export async function ensureWebApp(node) {
  const source = join(projectFolder, 'src', 'web');
  const settings = [join(projectFolder, 'vite.config.ts'), join(source, 'vite.config.ts')].find(existsSync);
  if (settings === undefined) return;
  const page = join(projectFolder, 'dist', 'web', 'index.html');
  if (existsSync(page) && statSync(page).mtimeMs >= newestMs(source)) return;
  say('building the web app');
  const vite = join(projectFolder, 'node_modules', 'vite', 'bin', 'vite.js');
  // Its progress belongs on stderr: stdout is for the data of the command that follows.
  const build = spawnSync(node, [vite, 'build', '--logLevel', 'warn', '--config', settings], {
    cwd: projectFolder,
    stdio: ['ignore', 2, 2],
  });
  if (build.status !== 0) throw new Error('The web app could not be built; the message is above.');
}

/** Installs a browser for the browser tests where that is harmless: root on Debian. Else those tests skip by name. */
export function ensureBrowser() {
  if (!hasBrowserTests()) return;
  ensureDebian({
    isThere: () => ['chromium', 'chromium-browser', 'google-chrome'].some(isOnPath),
    packages: ['chromium'],
    why: 'the browser tests need Chromium',
  });
}

/**
 * Installs the servers that tests start for themselves, where that is harmless: root on Debian. Else those tests skip by
 * name. What Debian would start along with a package is not started: no test uses it, and its port may be wanted.
 */
export function ensureServers() {
  const servers = [
    { packages: ['postgresql'], isThere: hasPostgres },
    { packages: ['redis-server'], isThere: () => isOnPath('redis-server') },
    { packages: ['slowhttptest'], isThere: () => isOnPath('slowhttptest') },
  ].filter(({ isThere }) => !isThere());
  const packages = servers.flatMap((server) => server.packages);
  if (packages.length === 0) return;
  ensureDebian({
    isThere: () => servers.every(({ isThere }) => isThere()),
    packages,
    why: `the tests of scale-out and of slow clients need ${packages.join(', ')}`,
    // 101: "forbidden by policy", the answer by which Debian's invoke-rc.d leaves a service alone.
    startServices: false,
  });
}

/** Installs packages with apt-get as root on Debian; never fatal, since tests that need them skip by name. */
function ensureDebian({ isThere, packages, why, startServices = true }) {
  if (isThere() || !existsSync('/etc/debian_version') || process.getuid?.() !== 0) return;
  say(`${why}: installing with apt-get`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { stdio: ['ignore', 'ignore', 2], env: environment, timeout: 600_000 };
  const removePolicy = startServices ? () => undefined : forbidServices();
  try {
    execFileSync('apt-get', ['update', '-qq'], options);
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options);
  } catch {
    say(`${packages.join(', ')} could not be installed; the tests that need it will be skipped by name`);
  } finally {
    removePolicy();
  }
}

const POLICY = '/usr/sbin/policy-rc.d';

/** @returns {() => void} what takes the prohibition away again; a policy that was there stays as it was. */
function forbidServices() {
  try {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { flag: 'wx', mode: 0o755 });
    return () => rmSync(POLICY, { force: true });
  } catch {
    return () => undefined;
  }
}

function isOnPath(name) {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
}

function hasPostgres() {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return false;
  return readdirSync(root).some((version) => existsSync(join(root, version, 'bin', 'initdb')));
}

function hasBrowserTests() {
  const folder = join(projectFolder, 'test', 'e2e');
  if (!existsSync(folder)) return false;
  return readdirSync(folder, { recursive: true })
    .filter((name) => String(name).endsWith('.ts'))
    .some((name) => readFileSync(join(folder, String(name)), 'utf8').includes('playwright-core'));
}

function readPackages(path) {
  if (!existsSync(path)) return undefined;
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

function newestMs(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || /\.test\.tsx?$/.test(entry.name)) continue;
    newest = Math.max(newest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  }
  return newest;
}

/** Runs npm in the project's folder: the npm that started this script, else the one on the path. */
function npm(parameters) {
  const started = process.env['npm_execpath'];
  const flags = ['--include=dev', '--no-audit', '--no-fund'];
  process.chdir(projectFolder);
  return started?.endsWith('.js')
    ? run(process.execPath, [started, ...parameters, ...flags])
    : run('npm', [...parameters, ...flags]);
}
