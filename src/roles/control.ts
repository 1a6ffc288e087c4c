/** The control process: registry, rulebook, API and web app, and a ledger process of its own to ask. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { serve } from '@hono/node-server';

import { apiAccess, createApi } from '../api/api.ts';
import { keptModel } from '../inform/focus/focus.ts';
import { rulesInForce } from '../inform/attribution/attribution.ts';
import { createRemoteLedger } from '../ledger/ledger.ts';
import type { RemoteLedger } from '../ledger/ledger.ts';
import {
  compileRulebook,
  dataFiles,
  describeProviders,
  isLoopback,
  publishRulebook,
  readFingerprintKey,
  readRulebook,
  readSecrets,
} from '../operate/operate.ts';
import type { Secrets, Settings } from '../operate/operate.ts';
import { seedPriceBook, withProvider } from '../prices/prices.ts';
import type { PriceBookData } from '../prices/prices.ts';
import { budgetsInForce, openRegistry } from '../registry/registry.ts';
import type { Registry } from '../registry/registry.ts';
import { simulatorPrices } from '../simulator/simulator.ts';
import { startBudgets } from './budget-control.ts';
import { openControlWorkspace, setDemoBudgets } from './demo.ts';
import { faultWords } from './log.ts';
import { controlHealth, holdable, operatingParts } from './operating.ts';
import { keep } from './supervise.ts';
import type { RoleWorld } from './places.ts';
import { startTelemetryExport } from './telemetry-export.ts';

const STOP_MS = 10_000;
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
  const secrets = secretsOf(settings, world);
  const publisher = createPublisher(settings, secrets, registry, await pricesOf(workspace.priceBook), world);
  await publisher.publish();

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
    providers: () => describeProviders(settings, secrets),
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
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (server.listening) resolve();
    else server.once('listening', resolve);
  });
  await workspace.load(poster, ledger.ready, (set) => setDemoBudgets(registry, set, publisher.publish));
  await ledger.ready;
  world.tellParent({ ready: true });
  await world.untilAskedToStop;
  telemetry?.stop();
  server.close();
  if ('closeAllConnections' in server) server.closeAllConnections();
  await budgets.stop();
  await ledger.stop(STOP_MS);
  await registry.close();
}

function secretsOf(settings: Settings, { environment, say }: RoleWorld): Secrets {
  const { secrets, problems } = readSecrets({
    settings,
    environment,
    readFile: (path) => readFileSync(path, 'utf8'),
  });
  for (const { path, message } of problems)
    say(`provider ${path}: ${message}`, {
      event: 'provider.secret_missing',
      level: 'warning',
      fields: { setting: path },
    });
  return secrets;
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

interface Publisher {
  publish(): Promise<void>;
  prices(): PriceBookData;
}

/** Publishes one rulebook at a time; a key that expires needs none, since the gateway looks at the clock itself. */
function createPublisher(
  settings: Settings,
  secrets: Secrets,
  registry: Registry,
  priceSeed: PriceBookData,
  world: RoleWorld,
): Publisher {
  const file = dataFiles(settings.data).rulebook;
  const fingerprintKey = readFingerprintKey(dataFiles(settings.data).fingerprintKey, randomBytes);
  let prices = priceSeed;
  let last: Promise<void> = Promise.resolve();
  async function publishNow(): Promise<void> {
    const version = (readRulebook(file)?.version ?? 0) + 1;
    const data = compileRulebook({
      settings,
      secrets,
      keys: await registry.keys.list(),
      attributionRules: rulesInForce(await registry.attribution.decisions('rule')),
      budgets: budgetsInForce(await registry.budgets.decisions()).map(({ budget }) => budget),
      fingerprintKey,
      before: readRulebook(file),
      priceSeed,
      priceDecisions: await registry.prices.list(),
      version,
      nowMs: world.nowMs(),
    });
    await registry.prices.keepBook(data.prices); // before a line can name it
    publishRulebook(file, data);
    ({ prices } = data);
  }
  return {
    publish: () => (last = last.then(publishNow, publishNow)),
    prices: () => prices,
  };
}

/** List prices and the simulator's own. */
async function pricesOf(demoBook: PriceBookData | undefined): Promise<PriceBookData> {
  return demoBook ?? withProvider(await seedPriceBook(), simulatorPrices());
}
