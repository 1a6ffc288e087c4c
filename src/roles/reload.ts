/** Reload: the settings are read again and, where they can be used, taken in without refusing or cutting a call. */
import { needsRestart } from '../operate/operate.ts';
import type { Settings } from '../operate/operate.ts';
import { faultWords } from './log.ts';
import type { Say } from './log.ts';
import type { OwnSupervisorFile, ReloadState } from './supervisor-file.ts';

interface ReloaderParts {
  readonly settings: Settings;
  readonly reread: () => Promise<Settings>;
  readonly system: {
    readonly stopping: boolean;
    renew(before: Settings, next: Settings): Promise<void>;
  };
  readonly file: OwnSupervisorFile;
  readonly nowMs: () => number;
  readonly say: Say;
}

type Outcome = Pick<ReloadState, 'state' | 'words'>;

const EVENTS = { done: 'reload.done', refused: 'reload.refused', failed: 'reload.failed' } as const;

/**
 * @returns asks for a reload. One runs at a time; asked for during one, the next begins behind it, once, since it reads the
 * newest settings anyway.
 */
export function createReloader(parts: ReloaderParts): () => void {
  const { file, nowMs, say } = parts;
  let running = parts.settings;
  let number = 0;
  let busy = false;
  let again = false;

  function note(outcome: Outcome): void {
    file.note({ number, ...outcome, at: new Date(nowMs()).toISOString() });
  }

  async function reloadOnce(): Promise<void> {
    number += 1;
    note({ state: 'running', words: '' });
    say('reload: the settings are read again', { event: 'reload.begun', fields: { generation: number } });
    const { outcome, settings } = await attempt(parts, running);
    running = settings;
    note(outcome);
    if (outcome.state === 'none' || outcome.state === 'running') return;
    say(`reload: ${outcome.words}`, {
      event: EVENTS[outcome.state],
      level: outcome.state === 'done' ? 'info' : 'error',
      fields: { generation: number },
    });
  }

  async function run(): Promise<void> {
    busy = true;
    do {
      again = false;
      await reloadOnce();
    } while (again && !parts.system.stopping);
    busy = false;
  }

  return () => {
    if (busy) again = true;
    else void run();
  };
}

async function attempt(
  { reread, system }: ReloaderParts,
  running: Settings,
): Promise<{ readonly outcome: Outcome; readonly settings: Settings }> {
  const refused = (words: string) => ({ outcome: { state: 'refused' as const, words }, settings: running });
  let next: Settings;
  try {
    next = await reread();
  } catch (fault) {
    const why = fault instanceof Error ? fault.message : 'the settings cannot be read';
    return refused(`Nothing was changed: the running settings stay in force and calls go on. ${why}`);
  }
  const fixed = needsRestart(running, next);
  if (fixed.length > 0)
    return refused(
      `Nothing was changed: ${fixed.join(', ')} cannot change while calls are served, so the running settings stay in force. ` +
        'Stop Setpoint and start it again to take them in, or take the change back and reload.',
    );
  try {
    await system.renew(running, next);
  } catch (fault) {
    const words = `The new settings did not come up, so the former ones stay in force and calls go on: ${faultWords(fault)}`;
    return { outcome: { state: 'failed', words }, settings: running };
  }
  return {
    outcome: {
      state: 'done',
      words: 'The settings are in force. Former gateways finish their calls; no call was refused or cut.',
    },
    settings: next,
  };
}
