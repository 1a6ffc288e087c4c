/** The control process: registry, rulebook, API and web app, and a ledger process of its own to ask. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { serve } from '@hono/node-server';

import { apiAccess, createApi } from '../api/api.ts';
import type { ApiParts } from '../api/api.ts';
import { keptModel } from '../inform/focus/focus.ts';
import { createRemoteLedger, keepAnswers } from '../ledger/ledger.ts';
import type { RemoteLedger } from '../ledger/ledger.ts';
import { describeProviders, isLoopback, openMasterKeys, openVault } from '../operate/operate.ts';
import type { Settings, Vault } from '../operate/operate.ts';
import { seedPriceBook, withProvider } from '../prices/prices.ts';
import type { PriceBookData } from '../prices/prices.ts';
import type { Registry } from '../registry/registry.ts';
import { simulatorPrices } from '../simulator/simulator.ts';
import { startBudgets } from './budget-control.ts';
import { deciding } from './demo-plans.ts';
import { openControlWorkspace } from './demo.ts';
import { runKmsCommand } from './kms-command.ts';
import { fencedPoster, leadingHealth, openLeading } from './leading.ts';
import type { ControlLeading } from './leading.ts';
import { faultWords } from './log.ts';
import { controlHealth, holdable, operatingParts } from './operating.ts';
import { openSettledRegistry } from './registry-opening.ts';
import { keep } from './supervise.ts';
import type { RoleWorld } from './places.ts';
import { createPublisher } from './publisher.ts';
import type { Publisher } from './publisher.ts';
import { telemetryExport } from './telemetry-export.ts';
import { gatewayParts } from './gateway-parts.ts';
import { createLeadWord } from './rollup-keeping.ts';
import type { LeadWord } from './rollup-keeping.ts';

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
  const leading = openLeading(settings, world);
  const registry = await openSettledRegistry(settings, leading.postgres, world, leading.fence);
  if (registry === undefined) return; // asked to stop while the database was away
  const vault = openVaultOf(settings, registry, world);
  const priceSeed = await pricesOf(workspace.priceBook);
  const publisher = createPublisher({ settings, registry, vault, priceSeed, leading, world });
  if (leading.postgres !== undefined) await publisher.readPrices();

  const remote = createRemoteLedger();
  const word = createLeadWord();
  const ledger = keepLedger(remote, word, settings, world);
  const budgets = await startBudgets(settings, remote.reader, world);
  const telemetry = telemetryExport(settings, remote.reader, world, leading.postgres && registry.positions);
  await startLeading(leading, { word, publisher, telemetry });
  const looking = lookAtCredentials(publisher, leading, world);
  const { poster, hold } = holdable(remote.poster);
  const operating = operatingParts({ settings, registry, care: remote.care, hold }, world);
  const api = createApi({
    ledger: keepAnswers(remote.reader, { nowMs: workspace.askedMs }),
    poster: leading.postgres === undefined ? poster : fencedPoster(poster, registry),
    registry,
    standing: leading.standing,
    operating,
    publish: () => publisher.publish(),
    health: async () => [
      { name: 'rulebook', ready: publisher.prices() !== undefined, detail: '' },
      ...(await standingHealth(leading, registry, operating)),
      ...workspace.health(),
    ],
    workspace: workspace.current,
    ...(world.wipe !== undefined && { wipe: world.wipe }),
    vault,
    providerSettings: settings.providers,
    ...(telemetry === undefined ? {} : { telemetryExport: telemetry.state }),
    settledBudgets: settings.budgets,
    budgetAccounts: budgets.accounts,
    priceBook: () => publisher.prices(),
    now: workspace.askedMs,
    ...settledParts(settings, publisher, world),
    ...gatewayParts(settings, publisher, world),
  });
  const server = await listen(api.fetch, settings.api.listen);
  const registryAt = (nowMs: () => number) =>
    openSettledRegistry(settings, leading.postgres, { ...world, nowMs }, leading.fence);
  const { publish } = publisher;
  await workspace.load(
    poster,
    ledger.ready,
    deciding({ registryAt, publish, ledger: remote.reader, nowMs: workspace.askedMs() }),
  );
  await ledger.ready;
  world.tellParent({ ready: true });
  await world.untilAskedToStop;
  clearInterval(looking);
  telemetry?.stop();
  publisher.stop();
  await leading.stop();
  server.close();
  await budgets.stop();
  await ledger.stop(STOP_MS);
  await registry.close();
}

interface Led {
  readonly word: ReturnType<typeof createLeadWord>;
  readonly publisher: Publisher;
  readonly telemetry: ReturnType<typeof telemetryExport>;
}

async function startLeading(leading: ControlLeading, { word, publisher, telemetry }: Led): Promise<void> {
  await leading.start({
    lead: async () => {
      word.leads(true);
      await publisher.publish();
      telemetry?.start();
    },
    lose: () => {
      word.leads(false);
      telemetry?.stop();
    },
  });
  word.leads(leads(leading));
}

async function standingHealth(
  leading: ControlLeading,
  registry: Registry,
  { disk }: Pick<ReturnType<typeof operatingParts>, 'disk'>,
) {
  const alive = leading.postgres === undefined ? registry : { alive: async () => true };
  return leadingHealth(await controlHealth(alive, disk), leading.standing());
}

/** What the API is told by the settings alone. */
function settledParts(settings: Settings, publisher: Publisher, { environment, say }: RoleWorld) {
  const loopback = isLoopback(settings.api.listen.host);
  return {
    providers: () => describeProviders(settings, publisher.secrets()),
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

function keepLedger(
  remote: RemoteLedger,
  word: LeadWord,
  settings: Settings,
  world: RoleWorld,
): ReturnType<typeof keep> {
  return keep({
    name: 'ledger',
    start: () => world.startRole('ledger', settings),
    onStart: (child) => {
      remote.connect({
        send: (message) => void child.send(message as object),
        onMessage: (receive) => void child.on('message', receive),
      });
      word.began(child);
    },
    onExit: (reason) =>
      remote.disconnect(`${reason}; it is started again, and calls wait in the journal meanwhile`),
    say: world.say,
    monotonicMs: world.monotonicMs,
  });
}

function openVaultOf(settings: Settings, registry: Registry, { environment }: RoleWorld): Vault {
  const masterKeys = openMasterKeys(settings, { environment, randomBytes, runCommand: runKmsCommand });
  return openVault(registry.secrets, masterKeys, randomBytes);
}

function leads({ standing }: Pick<ControlLeading, 'standing'>): boolean {
  const { kind } = standing();
  return kind === 'alone' || kind === 'leading';
}

/** Files of credentials are replaced by other programs (a mounted secret), which say nothing to anyone. */
function lookAtCredentials(
  publisher: Publisher,
  { standing }: Pick<ControlLeading, 'standing'>,
  { say }: RoleWorld,
): NodeJS.Timeout {
  return setInterval(() => {
    if (!leads({ standing })) return; // whoever leads looks at its own
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
