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
  readFingerprintKey,
  readRulebook,
  readSecrets,
} from '../operate/operate.ts';
import type { Secrets, Settings, Vault } from '../operate/operate.ts';
import type { PriceBookData } from '../prices/prices.ts';
import { budgetsInForce } from '../registry/registry.ts';
import type { Registry } from '../registry/registry.ts';
import { sealRulebook } from '../rulebook/rulebook.ts';
import type { RoleWorld } from './places.ts';

export interface Publisher {
  /** Resolves when a rulebook with every decision made before this call is in the file. */
  publish(): Promise<void>;
  prices(): PriceBookData;
  /** Credentials of the rulebook in force. */
  secrets(): Secrets;
  /** Looks whether a credential changed where the settings say that it is, and publishes if so. */
  lookAgain(): Promise<void>;
}

export interface PublisherParts {
  readonly settings: Settings;
  readonly registry: Registry;
  readonly vault: Vault;
  readonly priceSeed: PriceBookData;
  readonly world: Pick<RoleWorld, 'environment' | 'nowMs' | 'say' | 'tellParent'>;
}

/** A key that expires needs no publication, since the gateway looks at the clock itself. */
export function createPublisher(parts: PublisherParts): Publisher {
  const { settings, registry, vault, priceSeed, world } = parts;
  const file = dataFiles(settings.data).rulebook;
  const fingerprintKey = readFingerprintKey(dataFiles(settings.data).fingerprintKey, randomBytes);
  const credentials = createCredentials(parts);
  let prices = priceSeed;
  let kept = '';

  async function publishNow(): Promise<void> {
    const secrets = await credentials.read();
    const before = readRulebook(file);
    const version = (before?.version ?? 0) + 1;
    const data = compileRulebook({
      settings,
      secrets,
      keys: await registry.keys.list(),
      attributionRules: rulesInForce(await registry.attribution.decisions('rule')),
      budgets: budgetsInForce(await registry.budgets.decisions()).map(({ budget }) => budget),
      fingerprintKey,
      before,
      priceSeed,
      priceDecisions: await registry.prices.list(),
      version,
      nowMs: world.nowMs(),
    });
    // Before a line can name it. What this process has kept is not asked for again: a revocation waits for this.
    if (kept !== data.prices.version) await registry.prices.keepBook(data.prices);
    kept = data.prices.version;
    const sealing = data.providers.some(({ secret }) => secret !== undefined);
    const keys = sealing ? await vault.rulebookKeys() : [];
    if (settings.masterKey.kind === 'command') world.tellParent(rulebookKeysMessage(keys));
    publishRulebook(file, sealRulebook(data, keys[0], randomBytes));
    credentials.inForce = secrets;
    ({ prices } = data);
  }

  const publish = sharing(publishNow);
  return {
    publish,
    prices: () => prices,
    secrets: () => credentials.inForce,
    async lookAgain() {
      if (sameSecrets(await credentials.read(), credentials.inForce)) return;
      world.say('a provider’s credential changed; the gateways are told');
      await publish();
    },
  };
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
