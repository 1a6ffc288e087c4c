/**
 * Which of several controls on one ledger server keeps its roll-ups: the one that leads. Two that make the same month anew
 * do the work twice and get into each other's way. Control tells its ledger process; the process asks at each turn.
 */
import type { Settings } from '../operate/operate.ts';
import type { RoleWorld } from './places.ts';

interface Child {
  readonly connected: boolean;
  send(message: object, sent: (fault: Error | null) => void): unknown;
}

/** Control's half. */
export interface LeadWord {
  /** Another ledger process began. */
  readonly began: (child: Child) => void;
  /** This control leads from now on, or does not. */
  readonly leads: (leads: boolean) => void;
}

/** Says nothing before it is known who leads. */
export function createLeadWord(): LeadWord {
  let child: Child | undefined;
  let known: boolean | undefined;
  const say = (): void => {
    if (known === undefined || child?.connected !== true) return;
    child.send({ leads: known }, () => undefined); // one that is gone is started again, and told then
  };
  return {
    began(next) {
      child = next;
      say();
    },
    leads(leads) {
      known = leads;
      say();
    },
  };
}

/** The ledger process's half. */
export interface RollupKeeping {
  /** Whether this process keeps the roll-ups at this moment. */
  readonly keeps: () => boolean;
  /** In place of the world's: what control asked before anybody listened is heard here too. */
  readonly onMessage: RoleWorld['onParentMessage'];
}

/** Resolves when it is known for the first time who leads, or with `signal`. A ledger of this host alone is always its own to keep. */
export async function rollupKeeping(
  { registry, ledger }: Pick<Settings, 'registry' | 'ledger'>,
  { onParentMessage }: Pick<RoleWorld, 'onParentMessage'>,
  signal: AbortSignal,
): Promise<RollupKeeping> {
  if (registry === undefined || ledger === undefined)
    return { keeps: () => true, onMessage: onParentMessage };
  let leads = false;
  const early: unknown[] = [];
  let hear = (message: unknown): void => void early.push(message);
  await new Promise<void>((told) => {
    signal.addEventListener('abort', () => told(), { once: true });
    onParentMessage((message) => {
      if (!isWord(message)) return hear(message);
      ({ leads } = message);
      told();
    });
  });
  return {
    keeps: () => leads,
    onMessage(receive) {
      hear = receive;
      for (const message of early.splice(0)) receive(message);
    },
  };
}

function isWord(message: unknown): message is { readonly leads: boolean } {
  return (
    typeof message === 'object' &&
    message !== null &&
    'leads' in message &&
    typeof message.leads === 'boolean'
  );
}
