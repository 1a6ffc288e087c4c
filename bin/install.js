/** Brings the project to a state in which it can run: packages, the web app, a browser for the browser tests. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
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
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  if (names.some((name) => folders.some((folder) => existsSync(join(folder, name))))) return;
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0 || !hasBrowserTests()) return;
  say('the browser tests need Chromium: installing it with apt-get');
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { stdio: ['ignore', 'ignore', 2], env: environment, timeout: 600_000 };
  try {
    execFileSync('apt-get', ['update', '-qq'], options);
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options);
  } catch {
    say('Chromium could not be installed; the browser tests will be skipped by name');
  }
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
