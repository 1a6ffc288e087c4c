/**
 * The ledger over process messages: control asks, the ledger process answers. One small protocol, both halves here,
 * so that the two ends cannot drift apart. Only reading crosses; writing stays with the drain.
 */
import type { LedgerReader } from './question.ts';

/** One end of a message channel between two processes. */
export interface MessagePort {
  send(message: unknown): void;
  onMessage(receive: (message: unknown) => void): void;
}

const METHODS = ['ask', 'page', 'receipt', 'tail', 'health'] as const;
type Method = (typeof METHODS)[number];

interface Ask {
  readonly ledgerAsk: number;
  readonly method: Method;
  readonly parameters: readonly unknown[];
}

interface Reply {
  readonly ledgerReply: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** The asking half also says when its other end has gone: then every open question fails at once. */
export interface RemoteLedger {
  readonly reader: LedgerReader;
  /** Fails every open question; further ones fail until `connect` is called with a new port. */
  disconnect(reason: string): void;
  connect(port: MessagePort): void;
}

/** Answers questions that arrive on a port. */
export function serveLedger(reader: LedgerReader, port: MessagePort): void {
  port.onMessage((message) => {
    if (!isAsk(message)) return;
    const { ledgerAsk, method, parameters } = message;
    const answer = (reader[method] as (...all: readonly unknown[]) => Promise<unknown>)(...parameters);
    answer.then(
      (value) => port.send({ ledgerReply: ledgerAsk, value } satisfies Reply),
      (fault: unknown) =>
        port.send({
          ledgerReply: ledgerAsk,
          error: fault instanceof Error ? fault.message : String(fault),
        } satisfies Reply),
    );
  });
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

  function ask(method: Method, ...parameters: readonly unknown[]): Promise<unknown> {
    const to = port;
    if (to === undefined) return Promise.reject(new LedgerAway(away));
    const ledgerAsk = next;
    next += 1;
    return new Promise((resolve, reject) => {
      open.set(ledgerAsk, { resolve, reject });
      to.send({ ledgerAsk, method, parameters } satisfies Ask);
    });
  }

  return {
    reader: {
      ask: (question) => ask('ask', question) as ReturnType<LedgerReader['ask']>,
      page: (page) => ask('page', page) as ReturnType<LedgerReader['page']>,
      receipt: (call) => ask('receipt', call) as ReturnType<LedgerReader['receipt']>,
      tail: (position, limit) => ask('tail', position, limit) as ReturnType<LedgerReader['tail']>,
      health: () => ask('health') as ReturnType<LedgerReader['health']>,
    },
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
        else waiting?.reject(new Error(message.error));
      });
    },
  };
}

function isAsk(message: unknown): message is Ask {
  return (
    typeof message === 'object' &&
    message !== null &&
    'ledgerAsk' in message &&
    METHODS.includes((message as Ask).method)
  );
}

function isReply(message: unknown): message is Reply {
  return typeof message === 'object' && message !== null && 'ledgerReply' in message;
}
