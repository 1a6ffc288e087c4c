/**
 * The budget authority of many machines, in Redis: one script, one round trip for whatever is said. Both a worker's
 * way to it, the drain's and the bookkeeper's. Loaded only where settings name a shared state.
 */
import { createHash } from 'node:crypto';

import { createClient } from 'redis';

import {
  readAccountViews,
  readBooksLook,
  readGrantAnswer,
  readReportAnswer,
  writeMessage,
} from '../budgets/budgets.ts';
import type { AuthorityBooks, AuthorityLink } from '../budgets/budgets.ts';
import { AUTHORITY_KEY, authorityScript } from './budget-lua.ts';
import { AuthorityAway } from './budget-socket.ts';

const ANSWER_WITHIN_MS = 1_000;
const FIRST_BACK_OFF_MS = 20;
const LONGEST_BACK_OFF_MS = 500;

export interface SharedAuthority {
  readonly link: AuthorityLink & { close(): void };
  readonly books: AuthorityBooks;
  /** What the holder holds counts as lost from now on, without waiting for its lease to end. */
  lose(holder: string): Promise<void>;
  /** Every line of the holder's journal is in the ledger, and there can be no more. Saying it again changes nothing. */
  drained(holder: string): Promise<void>;
  close(): void;
}

export interface SharedAuthorityOptions {
  /** `redis://` or `rediss://`, without a password. */
  readonly url: string;
  readonly password: string | undefined;
  readonly monotonicMs: () => number;
  readonly answerWithinMs?: number;
  /** Lua for the time; tests give one that they can set. */
  readonly clock?: string;
}

/** Connects when first asked, and again, ever less often, after a loss. Nothing waits in a queue while it is away. */
export function shareAuthority(options: SharedAuthorityOptions): SharedAuthority {
  const server = new Server(options);
  const ask = (method: string, message: unknown): Promise<unknown> => server.run(method, message);
  const close = (): void => server.close();
  return {
    link: {
      attach: async (attach) => void (await ask('attach', attach)),
      grant: async (grant) => readGrantAnswer(await ask('grant', grant)),
      report: async (report) => readReportAnswer(await ask('report', report)),
      close,
    },
    books: {
      wanted: async () => (await ask('wanted', {})) === true,
      look: async () => readBooksLook(await ask('look', {})),
      expect: async (accounts) => void (await ask('expect', { accounts })),
      rebase: async (rebases) =>
        Number(await ask('rebase', { rebases: rebases.map((one) => ({ ...one, base: [...one.base] })) })),
      forget: async (holder) => void (await ask('forget', { holder })),
      close: async (accounts, ended) => void (await ask('close', { accounts, ended })),
      views: async () => readAccountViews(await ask('views', {})),
    },
    lose: async (holder) => void (await ask('lose', { holder })),
    drained: async (holder) => void (await ask('drained', { holder })),
    close,
  };
}

function openClient(url: string, password: string | undefined) {
  return createClient({
    url,
    ...(password !== undefined && { password }),
    socket: { reconnectStrategy: false, connectTimeout: ANSWER_WITHIN_MS },
    disableOfflineQueue: true,
  });
}

interface Connection {
  readonly client: ReturnType<typeof openClient>;
  readonly connected: Promise<unknown>;
}

class Server {
  readonly #options: SharedAuthorityOptions;
  readonly #script: string;
  readonly #digest: string;
  readonly #waiting = new Set<(fault: Error) => void>();
  #connection: Connection | undefined;
  #backOffMs = FIRST_BACK_OFF_MS;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: SharedAuthorityOptions) {
    this.#options = options;
    this.#script = authorityScript(options.clock);
    this.#digest = createHash('sha1').update(this.#script).digest('hex');
  }

  async run(method: string, message: unknown): Promise<unknown> {
    const connection = this.#connect();
    const parameters = [AUTHORITY_KEY, method, writeMessage(message)];
    const text = await this.#within(connection, this.#evaluate(connection, parameters));
    this.#backOffMs = FIRST_BACK_OFF_MS;
    return JSON.parse(String(text)) as unknown;
  }

  async #evaluate({ client, connected }: Connection, parameters: readonly string[]): Promise<unknown> {
    await connected;
    try {
      return await client.sendCommand(['EVALSHA', this.#digest, '1', ...parameters]);
    } catch (fault) {
      if (!(fault instanceof Error && fault.message.startsWith('NOSCRIPT'))) throw fault;
      return await client.sendCommand(['EVAL', this.#script, '1', ...parameters]);
    }
  }

  close(): void {
    this.#closed = true;
    this.#drop(new AuthorityAway('this process ends'));
  }

  #connect(): Connection {
    if (this.#connection !== undefined) return this.#connection;
    if (this.#closed || this.#options.monotonicMs() < this.#notBeforeMs)
      throw new AuthorityAway('Redis was away a moment ago and is asked again shortly');
    const client = openClient(this.#options.url, this.#options.password);
    let failed: (fault: Error) => void = () => undefined;
    client.on('error', (fault: Error) => failed(fault)); // also while it connects, or the process would end
    const connection = { client, connected: client.connect() };
    connection.connected.catch(() => undefined); // whoever asks is told
    failed = (fault) => this.#lost(connection, new AuthorityAway(fault.message));
    this.#connection = connection;
    return connection;
  }

  /** Whatever fails or takes too long ends the connection: what was asked on it may still be done, but nobody believes the answer. */
  #within(connection: Connection, answer: Promise<unknown>): Promise<unknown> {
    const { answerWithinMs = ANSWER_WITHIN_MS } = this.#options;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#lost(connection, new AuthorityAway(`no answer within ${answerWithinMs} ms`)),
        answerWithinMs,
      );
      const fail = (fault: Error): void => {
        clearTimeout(timer);
        this.#waiting.delete(fail);
        reject(fault);
      };
      this.#waiting.add(fail);
      answer.then(
        (value) => {
          clearTimeout(timer);
          this.#waiting.delete(fail);
          resolve(value);
        },
        (fault: unknown) => {
          const away = new AuthorityAway(fault instanceof Error ? fault.message : String(fault));
          this.#lost(connection, away);
          fail(away);
        },
      );
    });
  }

  #lost(connection: Connection, fault: Error): void {
    if (this.#connection !== connection) return;
    this.#notBeforeMs = this.#options.monotonicMs() + this.#backOffMs;
    this.#backOffMs = Math.min(LONGEST_BACK_OFF_MS, this.#backOffMs * 2);
    this.#drop(fault);
  }

  #drop(fault: Error): void {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) destroy(connection.client);
    for (const fail of this.#waiting) fail(fault);
  }
}

function destroy(client: Connection['client']): void {
  try {
    client.destroy();
  } catch {
    // it had not connected, or was gone already
  }
}
