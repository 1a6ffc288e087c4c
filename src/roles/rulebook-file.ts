/**
 * The rulebook in force in a worker: read from disk at start, swapped by reference when control publishes the next.
 * The gateway starts and serves with control down, since the file outlives it.
 */
import { readFile, stat } from 'node:fs/promises';

import { openRulebook } from '../rulebook/rulebook.ts';
import type { Rulebook, RulebookData } from '../rulebook/rulebook.ts';
import type { Say } from './log.ts';
import { faultWords } from './log.ts';

export interface RulebookFile {
  readonly current: () => Rulebook;
  /** Calls with the rulebook in force and with every one that follows it. */
  watch(watcher: (rulebook: Rulebook) => void): void;
  /** When control compiled it. */
  readonly publishedAtMs: () => number;
  stop(): void;
}

const LOOK_EVERY_MS = 250;
const FIRST_WAIT_MS = 30_000;

/**
 * Waits for the first rulebook, then watches for the next.
 * @throws when none is published within 30 s.
 */
export async function followRulebook(path: string, say: Say): Promise<RulebookFile> {
  let seen = '';
  let rulebook: Rulebook | undefined;
  let publishedAtMs = 0;
  let stopped = false;
  const watchers: Array<(rulebook: Rulebook) => void> = [];

  async function look(): Promise<void> {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) return;
    const mark = `${found.mtimeMs} ${found.ino} ${found.size}`;
    if (mark === seen) return;
    seen = mark; // a broken file is said once, and looked at again when it changes
    const data = JSON.parse(await readFile(path, 'utf8')) as RulebookData;
    if (rulebook === undefined || data.version !== rulebook.version) {
      rulebook = openRulebook(data);
      publishedAtMs = data.publishedAtMs;
      say(`obeys rulebook ${data.version}`, {
        event: 'rulebook.obeyed',
        fields: { rulebook: data.version },
      });
      for (const watcher of watchers) watcher(rulebook);
    }
  }

  for (let waitedMs = 0; rulebook === undefined; waitedMs += LOOK_EVERY_MS) {
    await look();
    if (rulebook !== undefined) break;
    if (waitedMs > FIRST_WAIT_MS) {
      throw new Error(
        'No rulebook has been published: the gateway knows neither providers nor keys. Start control once ("setpoint control"), or "setpoint up".',
      );
    }
    await pause(LOOK_EVERY_MS);
  }
  void (async () => {
    while (!stopped) {
      await pause(LOOK_EVERY_MS);
      // A broken file must not take the gateway down: the rulebook in force stays in force.
      await look().catch((fault: unknown) =>
        say(`the new rulebook cannot be read, the old one stays in force: ${faultWords(fault)}`, {
          event: 'rulebook.unreadable',
          level: 'error',
        }),
      );
    }
  })();
  return {
    current: () => rulebook as Rulebook,
    watch(watcher) {
      watchers.push(watcher);
      watcher(rulebook as Rulebook);
    },
    publishedAtMs: () => publishedAtMs,
    stop: () => void (stopped = true),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
