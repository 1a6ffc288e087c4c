/** The control process: registry, rulebook, API and web app, and a ledger process of its own to ask. */
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { serve } from '@hono/node-server';

import { apiAccess, createApi } from '../api/api.ts';
import type { ApiParts } from '../api/api.ts';
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
  readRulebook,
  readSecrets,
} from '../operate/operate.ts';
import type { Secrets, Settings } from '../operate/operate.ts';
import { seedPriceBook, withProvider } from '../prices/prices.ts';
import type { PriceBookData } from '../prices/prices.ts';
import { budgetsInForce, describePlace } from '../registry/registry.ts';
import type { Registry } from '../registry/registry.ts';
import { simulatorPrices } from '../simulator/simulator.ts';
import type { RulebookData } from '../rulebook/rulebook.ts';
import { startBudgets } from './budget-control.ts';
import { openControlWorkspace, setDemoBudgets } from './demo.ts';
import { followPublished } from './follower.ts';
import { fencedPoster, leadingEpoch, leadingHealth, openLeading } from './leading.ts';
import type { ControlLeading } from './leading.ts';
import { faultWords } from './log.ts';
import { controlHealth, holdable, operatingParts } from './operating.ts';
import { openSettledRegistry, sharedFingerprintKey } from './registry-opening.ts';
import { keep } from './supervise.ts';
import type { RoleWorld } from './places.ts';
import { telemetryExport } from './telemetry-export.ts';

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
  const leading = openLeading(settings, world);
  const registry = await openSettledRegistry(settings, leading.postgres, world, leading.fence);
  if (registry === undefined) return; // asked to stop while the database was away
  const secrets = secretsOf(settings, world);
  const priceSeed = await pricesOf(workspace.priceBook);
  const publisher = createPublisher({ settings, secrets, registry, priceSeed, leading, world });
  if (leading.postgres !== undefined) await publisher.readPrices();

  const remote = createRemoteLedger();
  const ledger = keepLedger(remote, settings, world);
  const budgets = await startBudgets(settings, remote.reader, world);
  const telemetry = telemetryExport(settings, remote.reader, world, leading.postgres && registry.positions);
  await leading.start({
    lead: async () => {
      await publisher.publish();
      telemetry?.start();
    },
    lose: () => telemetry?.stop(),
  });
  const { poster, hold } = holdable(remote.poster);
  const operating = operatingParts({ settings, registry, care: remote.care, hold }, world);
  const api = createApi({
    ledger: remote.reader,
    poster: leading.postgres === undefined ? poster : fencedPoster(poster, registry),
    registry,
    standing: leading.standing,
    operating,
    publish: () => publisher.publish(),
    health: async () => [
      { name: 'rulebook', ready: publisher.prices() !== undefined, detail: '' },
      ...leadingHealth(
        await controlHealth(
          leading.postgres === undefined ? registry : { alive: async () => true },
          operating.disk,
        ),
        leading.standing(),
      ),
      ...workspace.health(),
    ],
    workspace: workspace.current,
    ...(world.wipe !== undefined && { wipe: world.wipe }),
    ...(telemetry === undefined ? {} : { telemetryExport: telemetry.state }),
    settledBudgets: settings.budgets,
    budgetAccounts: budgets.accounts,
    priceBook: () => publisher.prices(),
    now: workspace.askedMs,
    ...settledParts(settings, secrets, world),
  });
  const server = await listen(api.fetch, settings.api.listen);
  await workspace.load(poster, ledger.ready, (set) => setDemoBudgets(registry, set, publisher.publish));
  await ledger.ready;
  world.tellParent({ ready: true });
  await world.untilAskedToStop;
  telemetry?.stop();
  publisher.stop();
  await leading.stop();
  server.close();
  await budgets.stop();
  await ledger.stop(STOP_MS);
  await registry.close();
}

/** What the API is told by the settings alone. */
function settledParts(settings: Settings, secrets: Secrets, { environment, say }: RoleWorld) {
  const loopback = isLoopback(settings.api.listen.host);
  return {
    providers: () => describeProviders(settings, secrets),
    gateway: settings.gateway.listen,
    teamOf: (workflow) => settings.workflows.find(({ name }) => name === workflow)?.team ?? '',
    attributionHeaders: settings.attributionHeaders,
    focusModel: () => keptModel(settings.data),
    timeZone: settings.timeZone,
    access: apiAccess({ loopback, adminToken: environment['SETPOINT_ADMIN_TOKEN'] }),
    allowedHosts: settings.api.allowedHosts,
    webDirectory: WEB_DIRECTORY,
    onTrouble: ({ requestId, error }) =>
      say(`API request ${requestId}: ${faultWords(error)}`, {
        event: 'request.failed',
        level: 'error',
        fields: { requestId },
      }),
  } satisfies Partial<ApiParts>;
}

/** Resolves when it listens. Closing cuts what is under way: only the API is served here. */
async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { host, port }: Settings['api']['listen'],
): Promise<{ close(): void }> {
  const server = serve({ fetch, hostname: host, port, serverOptions: API_SERVER });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (server.listening) resolve();
    else server.once('listening', resolve);
  });
  return {
    close() {
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
    },
  };
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
  /** @throws NotLeading when another control leads, RegistryAway when the registry does not answer. */
  publish(): Promise<void>;
  prices(): PriceBookData;
  /** For a control that does not publish, and answers questions about prices. */
  readPrices(): Promise<void>;
  stop(): void;
}

interface Publishing {
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly registry: Registry;
  readonly priceSeed: PriceBookData;
  readonly leading: ControlLeading;
  readonly world: RoleWorld;
}

/** Publishes one rulebook at a time; a key that expires needs none, since the gateway looks at the clock itself. */
function createPublisher({ settings, secrets, registry, priceSeed, leading, world }: Publishing): Publisher {
  const { rulebook: file, fingerprintKey: keyFile } = dataFiles(settings.data);
  let prices = priceSeed;
  let last: Promise<void> = Promise.resolve();
  async function compile(fingerprintKey?: string): Promise<(version: number) => RulebookData> {
    const parts = {
      settings,
      secrets,
      keys: await registry.keys.list(),
      attributionRules: rulesInForce(await registry.attribution.decisions('rule')),
      budgets: budgetsInForce(await registry.budgets.decisions()).map(({ budget }) => budget),
      before: readRulebook(file),
      priceSeed,
      priceDecisions: await registry.prices.list(),
      ...(fingerprintKey !== undefined && { fingerprintKey }),
    };
    return (version) => compileRulebook({ ...parts, version, nowMs: world.nowMs() });
  }
  /** Those that the leader has published: from the same decisions and, on every host, the same settings. */
  async function readPrices(): Promise<void> {
    ({ prices } = (await compile())(1));
  }
  const follower =
    leading.postgres &&
    followPublished({
      source: registry.rulebooks,
      file,
      name: describePlace(leading.postgres),
      say: world.say,
      onNew: readPrices,
    });
  async function publishNow(): Promise<void> {
    const make = await compile(await sharedFingerprintKey(keyFile, registry));
    const above = readRulebook(file)?.version ?? 0;
    const data = make(above + 1);
    await registry.prices.keepBook(data.prices); // before a line can name it
    if (follower === undefined) publishRulebook(file, data);
    else {
      const epoch = leadingEpoch(leading.fence);
      await registry.rulebooks.publish((version) => JSON.stringify(make(version)), { above, epoch });
      await follower.look();
    }
    ({ prices } = data);
  }
  return {
    publish: () => (last = last.then(publishNow, publishNow)),
    prices: () => prices,
    readPrices,
    stop: () => follower?.stop(),
  };
}

/** List prices and the simulator's own. */
async function pricesOf(demoBook: PriceBookData | undefined): Promise<PriceBookData> {
  return demoBook ?? withProvider(await seedPriceBook(), simulatorPrices());
}
