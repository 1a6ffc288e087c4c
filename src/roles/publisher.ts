/**
 * Publishing, as control does it: what people decided becomes the next rulebook file, one at a time. Decisions that
 * arrive while one is being written share the next, so that a revocation never waits behind a queue of others.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { rulesInForce } from '../inform/attribution/attribution.ts';
import {
  compileRulebook,
  dataFiles,
  publishRulebook,
  readRulebook,
  readSecrets,
} from '../operate/operate.ts';
import type { Secrets, Settings, Vault } from '../operate/operate.ts';
import type { PriceBookData } from '../prices/prices.ts';
import { budgetsInForce, describePlace } from '../registry/registry.ts';
import type { Registry } from '../registry/registry.ts';
import { sealRulebook } from '../rulebook/rulebook.ts';
import type { RulebookData, RulebookFileData } from '../rulebook/rulebook.ts';
import { followPublished } from './follower.ts';
import { leadingEpoch } from './leading.ts';
import type { ControlLeading } from './leading.ts';
import { sharedFingerprintKey } from './registry-opening.ts';
import type { RoleWorld } from './places.ts';

export interface Publisher {
  /**
   * Resolves when a rulebook with every decision made before this call is in the file.
   * @throws NotLeading when another control leads, RegistryAway when the registry does not answer.
   */
  publish(): Promise<void>;
  prices(): PriceBookData;
  /** The rulebook in force, with credentials: undefined until the first is compiled. */
  rulebook(): RulebookData | undefined;
  /** For a control that does not publish, and answers questions about prices. */
  readPrices(): Promise<void>;
  /** Credentials of the rulebook in force. */
  secrets(): Secrets;
  /** Looks whether a credential changed where the settings say that it is, and publishes if so. */
  lookAgain(): Promise<void>;
  stop(): void;
}

export interface PublisherParts {
  readonly settings: Settings;
  readonly registry: Registry;
  readonly vault: Vault;
  readonly priceSeed: PriceBookData;
  readonly leading: Pick<ControlLeading, 'postgres' | 'fence'>;
  readonly world: Pick<RoleWorld, 'environment' | 'nowMs' | 'say' | 'tellParent'>;
}

/** A key that expires needs no publication, since the gateway looks at the clock itself. */
export function createPublisher(parts: PublisherParts): Publisher {
  const { registry, priceSeed, leading, world } = parts;
  const { rulebook: file, fingerprintKey: keyFile } = dataFiles(parts.settings.data);
  const credentials = createCredentials(parts);
  let prices = priceSeed;
  let kept = '';
  let inForce: RulebookData | undefined;
  /** Those that the leader has published: from the same decisions and, on every host, the same settings. */
  async function readPrices(): Promise<void> {
    const make = await compiler(parts, credentials.inForce);
    inForce = make(readRulebook(file)?.version ?? 1);
    ({ prices } = inForce);
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
    const secrets = await credentials.read();
    const make = await compiler(parts, secrets, await sharedFingerprintKey(keyFile, registry));
    const above = readRulebook(file)?.version ?? 0;
    const data = make(above + 1);
    // Before a line can name it. What this process has kept is not asked for again: a revocation waits for this.
    if (kept !== data.prices.version) await registry.prices.keepBook(data.prices);
    kept = data.prices.version;
    const key = await sealingKey(parts, data);
    const sealed = (one: RulebookData): RulebookFileData => sealRulebook(one, key, randomBytes);
    if (follower === undefined) {
      publishRulebook(file, sealed(data));
      inForce = data;
    } else {
      const epoch = leadingEpoch(leading.fence);
      await registry.rulebooks.publish((version) => JSON.stringify(sealed(make(version))), { above, epoch });
      await follower.look();
    }
    credentials.inForce = secrets;
    ({ prices } = data);
  }

  const publish = sharing(publishNow);
  return {
    publish,
    prices: () => prices,
    rulebook: () => inForce,
    readPrices,
    secrets: () => credentials.inForce,
    async lookAgain() {
      if (sameSecrets(await credentials.read(), credentials.inForce)) return;
      world.say('a provider’s credential changed; the gateways are told');
      await publish();
    },
    stop: () => follower?.stop(),
  };
}

/** @returns what makes a rulebook of a version out of everything that was decided and set so far. */
async function compiler(
  { settings, registry, priceSeed, world }: PublisherParts,
  secrets: Secrets,
  fingerprintKey?: string,
): Promise<(version: number) => RulebookData> {
  const decided = {
    settings,
    secrets,
    keys: await registry.keys.list(),
    attributionRules: rulesInForce(await registry.attribution.decisions('rule')),
    budgets: budgetsInForce(await registry.budgets.decisions()).map(({ budget }) => budget),
    before: readRulebook(dataFiles(settings.data).rulebook),
    priceSeed,
    priceDecisions: await registry.prices.list(),
    ...(fingerprintKey !== undefined && { fingerprintKey }),
  };
  return (version) => compileRulebook({ ...decided, version, nowMs: world.nowMs() });
}

/** The key that seals the credentials of a rulebook; gateways whose master key only control may ask for are told theirs. */
async function sealingKey({ settings, vault, world }: PublisherParts, data: RulebookData) {
  const sealing = data.providers.some(({ secret }) => secret !== undefined);
  const keys = sealing ? await vault.rulebookKeys() : [];
  if (settings.masterKey.kind === 'command') world.tellParent(rulebookKeysMessage(keys));
  return keys[0];
}

/** One run at a time. Calls that come while one is under way get the next, which begins after all of them: one for all. */
export function sharing(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    next = undefined;
    running = run().finally(() => (running = undefined));
    return running;
  };
  return () => {
    if (next !== undefined) return next; // it has not begun
    if (running === undefined) return start();
    next = running.then(start, start);
    return next;
  };
}

/** Reads credentials wherever they are, and says a problem once and not at every look. */
function createCredentials({ settings, vault, world }: PublisherParts): {
  inForce: Secrets;
  read(): Promise<Secrets>;
} {
  let said = '';
  return {
    inForce: new Map<string, string>(),
    async read() {
      const { secrets, problems } = readSecrets({
        settings,
        environment: world.environment,
        readFile: (path) => readFileSync(path, 'utf8'),
        sealed: await vault.open(),
      });
      const words = problems.map(({ path, message }) => `provider ${path}: ${message}`);
      if (words.join('\n') !== said)
        for (const [index, word] of words.entries())
          world.say(word, {
            event: 'provider.secret_missing',
            level: 'warning',
            fields: { setting: problems[index]?.path ?? '' },
          });
      said = words.join('\n');
      return secrets;
    },
  };
}

function sameSecrets(left: Secrets, right: Secrets): boolean {
  const mark = (secrets: Secrets): string =>
    createHash('sha256')
      .update(JSON.stringify([...secrets].toSorted(([one], [other]) => (one < other ? -1 : 1))))
      .digest('hex');
  return mark(left) === mark(right);
}

/** The rulebook's sub-keys on their way to gateways that cannot get the master key themselves. Between processes only. */
export interface RulebookKeysMessage {
  readonly rulebookKeys: ReadonlyArray<{ readonly id: string; readonly bytes: string }>;
}

function rulebookKeysMessage(
  keys: ReadonlyArray<{ readonly id: string; readonly bytes: Uint8Array }>,
): RulebookKeysMessage {
  return {
    rulebookKeys: keys.map(({ id, bytes }) => ({ id, bytes: Buffer.from(bytes).toString('base64') })),
  };
}

export function isRulebookKeys(message: unknown): message is RulebookKeysMessage {
  return typeof message === 'object' && message !== null && 'rulebookKeys' in message;
}
