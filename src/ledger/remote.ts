/**
 * The ledger over process messages: control asks, the ledger process answers. One small protocol, both halves here,
 * so that the two ends cannot drift apart. Reading and posting are two halves of it: who is given the reader cannot
 * write, by type. Messages carry bigint and typed arrays, so the channel must clone structures, not write JSON.
 */
import type { LedgerCare } from './care.ts';
import type { LedgerPoster } from './posting.ts';
import type { LedgerReader } from './question.ts';

/** One end of a message channel between two processes. */
export interface MessagePort {
  send(message: unknown): void;
  onMessage(receive: (message: unknown) => void): void;
}

const READER_METHODS = ['ask', 'page', 'receipt', 'spend', 'tail', 'health', 'lockedMonths'] as const;
const POSTER_METHODS = ['post', 'move', 'importLines', 'lockMonth', 'rebookLate'] as const;
const CARE_METHODS = ['verify', 'copyTo'] as const;
type Method =
  | (typeof READER_METHODS)[number]
  | (typeof POSTER_METHODS)[number]
  | (typeof CARE_METHODS)[number];

/** What reads for long, and takes a signal behind its one parameter. What writes is finished once it was asked. */
const STOPPABLE: ReadonlySet<Method> = new Set(['ask', 'page', 'spend']);

const METHODS: ReadonlySet<string> = new Set([...READER_METHODS, ...POSTER_METHODS, ...CARE_METHODS]);

interface Ask {
  readonly ledgerAsk: number;
  readonly method: Method;
  readonly parameters: readonly unknown[];
}

/** Nobody waits for the answer any more. */
interface Leave {
  readonly ledgerLeave: number;
}

interface Reply {
  readonly ledgerReply: number;
  readonly value?: unknown;
  readonly error?: string;
  /** The fault is the asker's: what was asked cannot be. */
  readonly refused?: boolean;
}

/** The asking half also says when its other end has gone: then every open question fails at once. */
export interface RemoteLedger {
  readonly reader: LedgerReader;
  readonly poster: LedgerPoster;
  readonly care: LedgerCare;
  /** Fails every open question; further ones fail until `connect` is called with a new port. */
  disconnect(reason: string): void;
  connect(port: MessagePort): void;
}

/** Answers what arrives on a port: questions, postings, and what looks after the ledger. */
export function serveLedger(
  ledger: LedgerReader & LedgerPoster & Partial<LedgerCare>,
  port: MessagePort,
): void {
  const open = new Map<number, AbortController>();
  port.onMessage((message) => {
    if (isLeave(message)) open.get(message.ledgerLeave)?.abort();
    if (!isAsk(message)) return;
    const { ledgerAsk, method, parameters } = message;
    const leaving = new AbortController();
    if (STOPPABLE.has(method)) open.set(ledgerAsk, leaving);
    const signals = STOPPABLE.has(method) ? [leaving.signal] : [];
    const answer = answerOf(ledger, method, [...parameters, ...signals]).finally(() =>
      open.delete(ledgerAsk),
    );
    answer.then(
      (value) => port.send({ ledgerReply: ledgerAsk, value } satisfies Reply),
      (fault: unknown) =>
        port.send({
          ledgerReply: ledgerAsk,
          error: fault instanceof Error ? fault.message : String(fault),
          refused: fault instanceof RangeError,
        } satisfies Reply),
    );
  });
}

async function answerOf(
  ledger: LedgerReader & LedgerPoster & Partial<LedgerCare>,
  method: Method,
  parameters: readonly unknown[],
): Promise<unknown> {
  const work = ledger[method] as ((...all: readonly unknown[]) => Promise<unknown>) | undefined;
  if (work === undefined) throw new Error(`this ledger cannot ${method}`);
  return work(...parameters);
}

/** Thrown while the ledger process is away; nothing is lost, journals go on and the answer comes later. */
export class LedgerAway extends Error {
  override readonly name = 'LedgerAway';
}

export function createRemoteLedger(): RemoteLedger {
  const open = new Map<number, { resolve: (value: unknown) => void; reject: (fault: Error) => void }>();
  let port: MessagePort | undefined;
  let away = 'the ledger process is starting';
  let next = 1;

  const ask: Asking = async (method, parameters, signal) => {
    signal?.throwIfAborted();
    const to = port;
    if (to === undefined) throw new LedgerAway(away);
    const ledgerAsk = next;
    next += 1;
    // Tells the other end: what has not begun there is not begun.
    const leave = (): void => {
      open.get(ledgerAsk)?.reject(signal?.reason as Error);
      if (open.delete(ledgerAsk)) to.send({ ledgerLeave: ledgerAsk } satisfies Leave);
    };
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        open.set(ledgerAsk, { resolve, reject });
        to.send({ ledgerAsk, method, parameters } satisfies Ask);
      });
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  };

  return {
    ...partsOver(ask),
    disconnect(reason) {
      port = undefined;
      away = reason;
      for (const { reject } of open.values()) reject(new LedgerAway(reason));
      open.clear();
    },
    connect(to) {
      port = to;
      to.onMessage((message) => {
        if (!isReply(message)) return;
        const waiting = open.get(message.ledgerReply);
        open.delete(message.ledgerReply);
        if (message.error === undefined) waiting?.resolve(message.value);
        else waiting?.reject(message.refused ? new RangeError(message.error) : new Error(message.error));
      });
    },
  };
}

type Asking = (method: Method, parameters: readonly unknown[], signal?: AbortSignal) => Promise<unknown>;

function partsOver(ask: Asking): Pick<RemoteLedger, 'reader' | 'poster' | 'care'> {
  return {
    reader: {
      ask: (question, signal) => ask('ask', [question], signal) as ReturnType<LedgerReader['ask']>,
      page: (page, signal) => ask('page', [page], signal) as ReturnType<LedgerReader['page']>,
      receipt: (call) => ask('receipt', [call]) as ReturnType<LedgerReader['receipt']>,
      spend: (spend, signal) => ask('spend', [spend], signal) as ReturnType<LedgerReader['spend']>,
      tail: (position, limit) => ask('tail', [position, limit]) as ReturnType<LedgerReader['tail']>,
      health: () => ask('health', []) as ReturnType<LedgerReader['health']>,
      lockedMonths: () => ask('lockedMonths', []) as ReturnType<LedgerReader['lockedMonths']>,
    },
    poster: {
      post: (batch) => ask('post', [batch]) as ReturnType<LedgerPoster['post']>,
      move: (move) => ask('move', [move]) as ReturnType<LedgerPoster['move']>,
      importLines: (block) => ask('importLines', [block]) as ReturnType<LedgerPoster['importLines']>,
      lockMonth: (month) => ask('lockMonth', [month]) as ReturnType<LedgerPoster['lockMonth']>,
      rebookLate: (month, bookAtMs) =>
        ask('rebookLate', [month, bookAtMs]) as ReturnType<LedgerPoster['rebookLate']>,
    },
    care: {
      verify: () => ask('verify', []) as ReturnType<LedgerCare['verify']>,
      copyTo: (directory) => ask('copyTo', [directory]) as ReturnType<LedgerCare['copyTo']>,
    },
  };
}

function isAsk(message: unknown): message is Ask {
  return (
    typeof message === 'object' &&
    message !== null &&
    'ledgerAsk' in message &&
    METHODS.has((message as Ask).method)
  );
}

function isLeave(message: unknown): message is Leave {
  return typeof message === 'object' && message !== null && 'ledgerLeave' in message;
}

function isReply(message: unknown): message is Reply {
  return typeof message === 'object' && message !== null && 'ledgerReply' in message;
}
