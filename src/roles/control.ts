/** The control process: registry, rulebook, API and web app, and a ledger process of its own to ask. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { serve } from '@hono/node-server';

import { apiAccess, createApi } from '../api/api.ts';
import { keptModel } from '../inform/focus/focus.ts';
import { createRemoteLedger } from '../ledger/ledger.ts';
import type { RemoteLedger } from '../ledger/ledger.ts';
import { dataFiles, describeProviders, isLoopback, openMasterKeys, openVault } from '../operate/operate.ts';
import type { Settings, Vault } from '../operate/operate.ts';
import { seedPriceBook, withProvider } from '../prices/prices.ts';
import type { PriceBookData } from '../prices/prices.ts';
import { openRegistry } from '../registry/registry.ts';
import type { Registry } from '../registry/registry.ts';
import { simulatorPrices } from '../simulator/simulator.ts';
import { startBudgets } from './budget-control.ts';
import { openControlWorkspace, setDemoBudgets } from './demo.ts';
import { runKmsCommand } from './kms-command.ts';
import { faultWords } from './log.ts';
import { controlHealth, holdable, operatingParts } from './operating.ts';
import { keep } from './supervise.ts';
import type { RoleWorld } from './places.ts';
import { createPublisher } from './publisher.ts';
import type { Publisher } from './publisher.ts';
import { startTelemetryExport } from './telemetry-export.ts';

const STOP_MS = 10_000;
const LOOK_AT_CREDENTIALS_MS = 2_000;
/** Set and not left to defaults, which differ between versions of Node. Imports may be large and come slowly. */
const API_SERVER = {
  headersTimeout: 10_000,
  requestTimeout: 300_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
  insecureHTTPParser: false,
} as const;
const WEB_DIRECTORY = fileURLToPath(new URL('../../dist/web', import.meta.url));

export async function runControl(settings: Settings, world: RoleWorld): Promise<void> {
  const workspace = await openControlWorkspace(settings, world);
  mkdirSync(settings.data, { recursive: true, mode: 0o700 });
  const registry = await openRegistry({
    file: dataFiles(settings.data).registry,
    nowMs: world.nowMs,
    randomBytes,
  });
  const vault = openVaultOf(settings, registry, world);
  const priceSeed = await pricesOf(workspace.priceBook);
  const publisher = createPublisher({ settings, registry, vault, priceSeed, world });
  await publisher.publish();
  const looking = lookAtCredentials(publisher, world);

  const remote = createRemoteLedger();
  const ledger = keepLedger(remote, settings, world);
  const budgets = await startBudgets(settings, remote.reader, world);
  const telemetry = startTelemetryExport(settings, remote.reader, world);
  const { host, port } = settings.api.listen;
  const { poster, hold } = holdable(remote.poster);
  const operating = operatingParts({ settings, registry, care: remote.care, hold }, world);
  const api = createApi({
    ledger: remote.reader,
    poster,
    registry,
    operating,
    publish: () => publisher.publish(),
    health: async () => [
      { name: 'rulebook', ready: publisher.prices() !== undefined, detail: '' },
      ...(await controlHealth(registry, operating.disk)),
      ...workspace.health(),
    ],
    workspace: workspace.current,
    ...(world.wipe !== undefined && { wipe: world.wipe }),
    providers: () => describeProviders(settings, publisher.secrets()),
    vault,
    providerSettings: settings.providers,
    ...(telemetry === undefined ? {} : { telemetryExport: telemetry.state }),
    gateway: settings.gateway.listen,
    teamOf: (workflow) => settings.workflows.find(({ name }) => name === workflow)?.team ?? '',
    attributionHeaders: settings.attributionHeaders,
    settledBudgets: settings.budgets,
    budgetAccounts: budgets.accounts,
    priceBook: () => publisher.prices(),
    focusModel: () => keptModel(settings.data),
    timeZone: settings.timeZone,
    now: workspace.askedMs,
    access: apiAccess({ loopback: isLoopback(host), adminToken: world.environment['SETPOINT_ADMIN_TOKEN'] }),
    allowedHosts: settings.api.allowedHosts,
    webDirectory: WEB_DIRECTORY,
    onTrouble: ({ requestId, error }) =>
      world.say(`API request ${requestId}: ${faultWords(error)}`, {
        event: 'request.failed',
        level: 'error',
        fields: { requestId },
      }),
  });
  const server = serve({ fetch: api.fetch, hostname: host, port, serverOptions: API_SERVER });
  await listening(server);
  await workspace.load(poster, ledger.ready, (set) => setDemoBudgets(registry, set, publisher.publish));
  await ledger.ready;
  world.tellParent({ ready: true });
  await world.untilAskedToStop;
  clearInterval(looking);
  telemetry?.stop();
  server.close();
  if ('closeAllConnections' in server) server.closeAllConnections();
  await budgets.stop();
  await ledger.stop(STOP_MS);
  await registry.close();
}

function keepLedger(remote: RemoteLedger, settings: Settings, world: RoleWorld): ReturnType<typeof keep> {
  return keep({
    name: 'ledger',
    start: () => world.startRole('ledger', settings),
    onStart: (child) =>
      remote.connect({
        send: (message) => void child.send(message as object),
        onMessage: (receive) => void child.on('message', receive),
      }),
    onExit: (reason) =>
      remote.disconnect(`${reason}; it is started again, and calls wait in the journal meanwhile`),
    say: world.say,
    monotonicMs: world.monotonicMs,
  });
}

function listening(server: ReturnType<typeof serve>): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    if (server.listening) resolve();
    else server.once('listening', resolve);
  });
}

function openVaultOf(settings: Settings, registry: Registry, { environment }: RoleWorld): Vault {
  const masterKeys = openMasterKeys(settings, { environment, randomBytes, runCommand: runKmsCommand });
  return openVault(registry.secrets, masterKeys, randomBytes);
}

/** Files of credentials are replaced by other programs (a mounted secret), which say nothing to anyone. */
function lookAtCredentials(publisher: Publisher, { say }: RoleWorld): NodeJS.Timeout {
  return setInterval(() => {
    publisher
      .lookAgain()
      .catch((fault: unknown) =>
        say(`credentials: ${faultWords(fault)}`, { event: 'process.fault', level: 'error' }),
      );
  }, LOOK_AT_CREDENTIALS_MS);
}

/** List prices and the simulator's own. */
async function pricesOf(demoBook: PriceBookData | undefined): Promise<PriceBookData> {
  return demoBook ?? withProvider(await seedPriceBook(), simulatorPrices());
}
