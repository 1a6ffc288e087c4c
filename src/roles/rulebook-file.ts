/**
 * The rulebook in force in a worker: read from disk at start, swapped by reference when control publishes the next.
 * The gateway starts and serves with control down, since the file outlives it.
 */
import { readFile, stat } from 'node:fs/promises';

import { openRulebook, unsealRulebook, withoutSecrets } from '../rulebook/rulebook.ts';
import type { Rulebook, RulebookFileData } from '../rulebook/rulebook.ts';
import type { RulebookKeys } from './rulebook-keys.ts';
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

export interface FollowOptions {
  readonly path: string;
  /** What opens the credentials in it; absent: whoever follows needs none of them, and they stay closed. */
  readonly keys?: RulebookKeys;
  readonly say: Say;
  /** Resolves when it is time for the next look; for tests, which count looks instead of waiting. */
  readonly pause?: () => Promise<void>;
}

export const LOOK_EVERY_MS = 250;
const FIRST_LOOKS = 30_000 / LOOK_EVERY_MS;

/**
 * Waits for the first rulebook, then looks for the next four times a second: a decision that was published is obeyed at
 * the next look, whichever it is.
 * @throws when none is published within 30 s, or none that can be opened.
 */
export async function followRulebook(options: FollowOptions): Promise<RulebookFile> {
  const { path, keys, say, pause = pauseOnce } = options;
  let seen = '';
  let trouble = '';
  let rulebook: Rulebook | undefined;
  let publishedAtMs = 0;
  let stopped = false;
  const watchers: Array<(rulebook: Rulebook) => void> = [];

  async function look(): Promise<void> {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) return;
    const mark = `${found.mtimeMs} ${found.ino} ${found.size}`;
    if (mark === seen) return;
    const file = JSON.parse(await readFile(path, 'utf8')) as RulebookFileData;
    if (file.version !== rulebook?.version) {
      rulebook = openRulebook(keys === undefined ? withoutSecrets(file) : unsealRulebook(file, await keys()));
      publishedAtMs = file.publishedAtMs;
      say(`obeys rulebook ${file.version}`, {
        event: 'rulebook.obeyed',
        fields: { rulebook: file.version },
      });
      for (const watcher of watchers) watcher(rulebook);
    }
    seen = mark;
    trouble = '';
  }

  /** A broken file must not take the gateway down: the rulebook in force stays. It is said once and tried again. */
  async function lookSafely(): Promise<void> {
    await look().catch((fault: unknown) => {
      const words = faultWords(fault);
      if (words !== trouble && rulebook !== undefined)
        say(`the new rulebook cannot be read, the old one stays in force: ${words}`, {
          event: 'rulebook.unreadable',
          level: 'error',
        });
      trouble = words;
    });
  }

  for (let looks = 0; rulebook === undefined; looks += 1) {
    await lookSafely();
    if (rulebook !== undefined) break;
    if (looks > FIRST_LOOKS) throw new Error(trouble === '' ? NOTHING_PUBLISHED : trouble);
    await pause();
  }
  void (async () => {
    for (await pause(); !stopped; await pause()) await lookSafely();
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

const NOTHING_PUBLISHED =
  'No rulebook has been published: the gateway knows neither providers nor keys. Start control once ("setpoint control"), or "setpoint up".';

function pauseOnce(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS).unref());
}
