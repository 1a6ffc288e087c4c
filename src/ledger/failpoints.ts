/**
 * Named places between two steps of the journal and the drain where a test ends the process or makes the step fail.
 * A crash test that kills at random proves little; one that kills exactly between "inserted" and "remembered" proves
 * the order of the steps. They are compiled in and do nothing unless a set of them is passed in.
 */

/** Every failpoint there is. The README of the journal says what each one separates. */
export const FAILPOINTS = [
  'journal.before-write',
  'journal.after-write',
  'journal.before-sync',
  'journal.after-sync',
  'journal.after-segment-create',
  'journal.after-segment-ready',
  'journal.before-seal',
  'recover.before-truncate',
  'recover.after-truncate',
  'recover.after-write',
  'recover.after-rename',
  'recover.after-watermark',
  'drain.before-freeze',
  'drain.after-freeze',
  'drain.after-insert',
  'drain.after-checkpoint-write',
  'drain.after-checkpoint',
  'drain.after-finished',
  'drain.after-remove-segment',
  'drain.after-remove-journal',
  'post.after-begin',
  'post.after-lines',
] as const;

export type FailpointName = (typeof FAILPOINTS)[number];

export interface Failpoints {
  /** Does nothing unless this failpoint is set and this is the hit it was set for. */
  hit(name: FailpointName): void;
}

/** What a failpoint set to `throw` throws, so that no handler takes it for a real failure. */
export class FailpointReached extends Error {
  override readonly name = 'FailpointReached';
}

export const noFailpoints: Failpoints = { hit: () => undefined };

interface Planned {
  readonly action: 'kill' | 'throw';
  readonly atHit: number;
  hits: number;
}

/**
 * Reads a plan such as `drain.after-insert=kill@3,journal.before-write=throw`: at the third hit of the first the
 * process is ended with SIGKILL, at the first hit of the second a `FailpointReached` is thrown.
 * @throws RangeError on a name or an action that does not exist.
 */
export function createFailpoints(spec: string): Failpoints {
  const plan = new Map<string, Planned>();
  for (const entry of spec.split(',').filter((text) => text.trim() !== '')) {
    const match = /^\s*([a-z.-]+)=(kill|throw)(?:@(\d+))?\s*$/.exec(entry);
    const [, name = '', action = '', hit = '1'] = match ?? [];
    if (!(FAILPOINTS as readonly string[]).includes(name)) {
      throw new RangeError(
        `"${entry}" is no failpoint. Write <name>=kill|throw[@hit] with one of: ${FAILPOINTS.join(' ')}`,
      );
    }
    plan.set(name, { action: action === 'kill' ? 'kill' : 'throw', atHit: Number(hit), hits: 0 });
  }
  return { hit: (name) => reach(plan.get(name), name) };
}

function reach(planned: Planned | undefined, name: FailpointName): void {
  if (planned === undefined) return;
  planned.hits += 1;
  if (planned.hits !== planned.atHit) return;
  if (planned.action === 'throw') throw new FailpointReached(`failpoint ${name} reached`);
  process.kill(process.pid, 'SIGKILL');
}
