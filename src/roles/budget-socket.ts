/**
 * The budget authority of one machine, over a Unix domain socket: control listens, gateway workers ask. Newline-delimited
 * JSON, many requests under way at once, each with a number. A worker whose connection ends is lost to the authority:
 * what it holds stays held until its journal says what it was.
 */
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve as absolute } from 'node:path';

import { readGrantAnswer, readHolderMessage, readReportAnswer, writeMessage } from '../budgets/budgets.ts';
import type { AuthorityLink, BudgetAuthority, HolderMessage } from '../budgets/budgets.ts';

/** The kernel takes 108 bytes, its ending zero included. */
const LONGEST_PATH_BYTES = 107;
/** An introduction names every account that a worker ever had a part of. */
const LONGEST_MESSAGE = 32 * 1024 * 1024;
const MOST_HOLDERS = 1_024;
const ANSWER_WITHIN_MS = 1_000;
const FIRST_BACK_OFF_MS = 20;
const LONGEST_BACK_OFF_MS = 500;

/**
 * Where the authority of a data directory listens; both sides work it out alike. In the directory itself, or, where
 * that path is too long for the kernel, in one of its own (mode 0700) in the system's temporary directory.
 */
export function budgetSocketPath(data: string): string {
  const directory = absolute(data);
  const inside = join(directory, 'budgets.sock');
  if (Buffer.byteLength(inside) <= LONGEST_PATH_BYTES) return inside;
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 20);
  return join(tmpdir(), `setpoint-${name}`, 'budgets.sock');
}

export interface AuthorityServer {
  close(): Promise<void>;
}

/** @throws when the socket cannot be made, for example since another user's directory stands in its place. */
export async function listenForHolders(options: {
  readonly path: string;
  readonly authority: BudgetAuthority;
  readonly nowMs: () => number;
  readonly say: (text: string) => void;
}): Promise<AuthorityServer> {
  const { path } = options;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  assertOwn(dirname(path));
  rmSync(path, { force: true }); // of a control that was killed; two never share a directory, the ledger's lock sees to that
  const sockets = new Set<Socket>();
  const answering = new Answering(options);
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    answering.take(socket);
  });
  server.maxConnections = MOST_HOLDERS;
  await listening(server, path);
  chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(path, () => {
      server.off('error', fail);
      done();
    });
  });
}

/** A predictable name in a directory of everybody could be somebody else's. */
function assertOwn(path: string): void {
  const user = process.getuid?.();
  const { uid } = lstatSync(path);
  if (user !== undefined && uid !== user && uid !== 0)
    throw new Error(
      `${path} belongs to another user, so budgets are not asked there: whoever owns it could give away your money. Remove it, or use a shorter data directory.`,
    );
}

class Answering {
  readonly #options: Parameters<typeof listenForHolders>[0];
  /** The connection on which each holder introduced itself last: only its end is the holder's. */
  readonly #connections = new Map<string, Socket>();

  constructor(options: Parameters<typeof listenForHolders>[0]) {
    this.#options = options;
  }

  take(socket: Socket): void {
    let holder: string | undefined;
    const refuse = (fault: unknown): void => {
      const reason = fault instanceof Error ? fault.message : String(fault);
      this.#options.say(`budgets: a connection was closed, since what it said was no message (${reason})`);
      socket.destroy();
    };
    readLines(socket, refuse, (line) => {
      const { id, message } = readRequest(line);
      if (message.method === 'attach') {
        holder ??= message.body.holder;
        this.#connections.set(holder, socket);
      }
      if (holder !== undefined && message.body.holder !== holder)
        throw new RangeError('one connection speaks for one holder');
      // Who has not introduced itself here would not be missed when this connection ends.
      const answer = holder === undefined ? { kind: 'detached' } : this.#answer(message);
      socket.write(`${writeMessage({ id, answer })}\n`);
    });
    socket.on('error', () => undefined); // the close that follows says all there is to know
    socket.once('close', () => {
      if (holder === undefined || this.#connections.get(holder) !== socket) return;
      this.#connections.delete(holder);
      this.#options.authority.lose(holder);
    });
  }

  #answer({ method, body }: HolderMessage): unknown {
    const { authority, nowMs } = this.#options;
    switch (method) {
      case 'attach':
        authority.attach(body, nowMs());
        return null;
      case 'grant':
        return authority.grant(body, nowMs());
      case 'report':
        return authority.report(body, nowMs());
    }
  }
}

function readRequest(line: string): { readonly id: number; readonly message: HolderMessage } {
  const { id, method, body } = JSON.parse(line) as Record<string, unknown>;
  if (!Number.isSafeInteger(id)) throw new RangeError('a request has a number');
  return { id: id as number, message: readHolderMessage(method, body) };
}

/** Whole lines as they come; whatever is thrown while one is taken ends the connection. */
function readLines(socket: Socket, refuse: (fault: unknown) => void, take: (line: string) => void): void {
  let parts: string[] = [];
  let length = 0;
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    try {
      let from = 0;
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
        parts.push(text.slice(from, end));
        const line = parts.join('');
        parts = [];
        length = 0;
        from = end + 1;
        take(line);
      }
      if (from === text.length) return;
      parts.push(text.slice(from));
      length += text.length - from;
      if (length > LONGEST_MESSAGE)
        throw new RangeError(`a message is longer than ${LONGEST_MESSAGE} characters`);
    } catch (fault) {
      refuse(fault);
    }
  });
}

/** Thrown while nobody answers; budgets then do what their `onAuthorityLoss` says. */
export class AuthorityAway extends Error {
  override readonly name = 'AuthorityAway';
}

/** A worker's way to the authority of this machine: connects when first asked, and again, ever less often, after a loss. */
export function connectAuthority(options: {
  readonly path: string;
  readonly monotonicMs: () => number;
  readonly answerWithinMs?: number;
}): AuthorityLink & { close(): void } {
  return new Connection(options.path, options.monotonicMs, options.answerWithinMs ?? ANSWER_WITHIN_MS);
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (fault: Error) => void;
  readonly timer: NodeJS.Timeout;
}

class Connection implements AuthorityLink {
  readonly #path: string;
  readonly #monotonicMs: () => number;
  readonly #answerWithinMs: number;
  readonly #waiting = new Map<number, Waiting>();
  #socket: Socket | undefined;
  #next = 1;
  #backOffMs = FIRST_BACK_OFF_MS;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(path: string, monotonicMs: () => number, answerWithinMs: number) {
    this.#path = path;
    this.#monotonicMs = monotonicMs;
    this.#answerWithinMs = answerWithinMs;
  }

  async attach(attach: Parameters<AuthorityLink['attach']>[0]): Promise<void> {
    await this.#ask('attach', attach);
  }

  async grant(ask: Parameters<AuthorityLink['grant']>[0]): ReturnType<AuthorityLink['grant']> {
    return readGrantAnswer(await this.#ask('grant', ask));
  }

  async report(report: Parameters<AuthorityLink['report']>[0]): ReturnType<AuthorityLink['report']> {
    return readReportAnswer(await this.#ask('report', report));
  }

  close(): void {
    this.#closed = true;
    this.#drop(new AuthorityAway('this worker ends'));
  }

  #ask(method: HolderMessage['method'], body: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const socket = this.#connected();
      const id = this.#next;
      this.#next += 1;
      // Whoever does not answer in time may do so much later, on what it knew then: nothing more is said on this connection.
      const timer = setTimeout(
        () => this.#lost(socket, new AuthorityAway(`no answer within ${this.#answerWithinMs} ms`)),
        this.#answerWithinMs,
      );
      this.#waiting.set(id, { resolve, reject, timer });
      socket.write(`${writeMessage({ id, method, body })}\n`);
    });
  }

  #connected(): Socket {
    if (this.#socket !== undefined) return this.#socket;
    if (this.#closed || this.#monotonicMs() < this.#notBeforeMs)
      throw new AuthorityAway('the budget authority was away a moment ago and is asked again shortly');
    if (process.getuid !== undefined && this.#exists()) assertOwn(dirname(this.#path));
    const socket = connect(this.#path);
    this.#socket = socket;
    readLines(
      socket,
      (fault) => this.#lost(socket, fault instanceof Error ? fault : new Error(String(fault))),
      (line) => this.#heard(line),
    );
    socket.on('error', (fault) => this.#lost(socket, new AuthorityAway(fault.message)));
    socket.once('close', () => this.#lost(socket, new AuthorityAway('the connection has ended')));
    return socket;
  }

  #exists(): boolean {
    return lstatSync(dirname(this.#path), { throwIfNoEntry: false }) !== undefined;
  }

  #heard(line: string): void {
    const { id, answer } = JSON.parse(line) as { readonly id: number; readonly answer: unknown };
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    this.#backOffMs = FIRST_BACK_OFF_MS;
    waiting.resolve(answer);
  }

  #lost(socket: Socket, fault: Error): void {
    if (this.#socket !== socket) return; // an older one, which was dropped before
    this.#notBeforeMs = this.#monotonicMs() + this.#backOffMs;
    this.#backOffMs = Math.min(LONGEST_BACK_OFF_MS, this.#backOffMs * 2);
    this.#drop(fault);
  }

  #drop(fault: Error): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(fault);
    }
    this.#waiting.clear();
  }
}
