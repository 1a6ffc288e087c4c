/** What the hosts that share a ledger tell each other of their drains. */
import { ENDED_MS } from '../ledger/ledger.ts';
import type { DrainProgress, HostProgress, Ledger } from '../ledger/ledger.ts';
import type { RoleWorld } from './places.ts';

const TELL_EVERY_MS = 5_000;
/** A host that was not heard of for so long may have calls that nobody counts. */
const SILENT_MS = 60_000;

/** For a host that only drains: tells how far it is, now and then, at each change of trouble, and when it has ended. */
export function hostTeller(
  ledger: Pick<Ledger, 'tellHost'>,
  host: string,
  { nowMs }: Pick<RoleWorld, 'nowMs'>,
): { told(progress: DrainProgress): void; ended(progress: DrainProgress): Promise<void> } {
  let last = { atMs: 0, trouble: '' };
  return {
    told(progress) {
      if (nowMs() - last.atMs < TELL_EVERY_MS && progress.trouble === last.trouble) return;
      last = { atMs: nowMs(), trouble: progress.trouble };
      void ledger.tellHost(host, progress).catch(() => undefined); // a store that is away hears it later; silence is told too
    },
    async ended(progress) {
      const isAll = progress.backlogFrames === 0 && progress.trouble === '';
      await ledger
        .tellHost(host, isAll ? { ...progress, completeUntilMs: ENDED_MS } : progress)
        .catch(() => undefined);
    },
  };
}

/** For the process that answers: what it was told last by the others, read now and then. */
export function hostListener(
  ledger: Pick<Ledger, 'hosts'>,
  { nowMs }: Pick<RoleWorld, 'nowMs'>,
): { look(): void; with(own: DrainProgress): DrainProgress } {
  let hosts: readonly HostProgress[] = [];
  let lookedMs = 0;
  let looking = false;
  return {
    look() {
      if (looking || nowMs() - lookedMs < TELL_EVERY_MS) return;
      looking = true;
      ledger
        .hosts()
        .then((found) => {
          hosts = found;
          lookedMs = nowMs();
        })
        .catch(() => undefined) // what was heard last stays true, and grows old
        .finally(() => {
          looking = false;
        });
    },
    with: (own) => together(own, hosts, nowMs()),
  };
}

/** One word for all hosts: complete as far as the last of them, behind by all of them, in trouble with any. */
export function together(own: DrainProgress, hosts: readonly HostProgress[], nowMs: number): DrainProgress {
  const running = hosts.filter(({ completeUntilMs }) => completeUntilMs < ENDED_MS);
  const troubles = running.map(({ host, trouble, atMs }) =>
    nowMs - atMs > SILENT_MS
      ? `Host ${host} has not been heard of since ${new Date(atMs).toISOString()}: calls of it may be missing, and no figure is complete beyond that. They wait on its disk.`
      : trouble && `Host ${host}: ${trouble}`,
  );
  return {
    ...own, // its journals too: the bookkeeper of budgets waits for them
    backlogFrames: running.reduce((sum, { backlogFrames }) => sum + backlogFrames, own.backlogFrames),
    completeUntilMs: running.reduce(
      (least, { completeUntilMs }) => Math.min(least, completeUntilMs),
      own.completeUntilMs,
    ),
    trouble: [own.trouble, ...troubles].find((trouble) => trouble !== '') ?? '',
  };
}
