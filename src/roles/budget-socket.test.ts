import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { BudgetAuthority } from '../budgets/budgets.ts';
import type { AuthorityLink, GrantAsk } from '../budgets/budgets.ts';
import { AuthorityAway, budgetSocketPath, connectAuthority, listenForHolders } from './budget-socket.ts';
import type { AuthorityServer } from './budget-socket.ts';

let directory: string;
let authority: BudgetAuthority;
let server: AuthorityServer | undefined;
let said: string[];
let links: Array<{ close(): void }>;
let linkMs: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'setpoint-socket-'));
  authority = new BudgetAuthority();
  said = [];
  links = [];
  linkMs = 0;
});

afterEach(async () => {
  for (const one of links) one.close();
  await server?.close();
  server = undefined;
  rmSync(directory, { recursive: true, force: true });
});

const path = (): string => budgetSocketPath(directory);

async function listen(): Promise<void> {
  server = await listenForHolders({
    path: path(),
    authority,
    nowMs: () => 1_000,
    say: (text) => said.push(text),
  });
}

function link(answerWithinMs?: number): AuthorityLink & { close(): void } {
  const made = connectAuthority({
    path: path(),
    monotonicMs: () => linkMs,
    ...(answerWithinMs !== undefined && { answerWithinMs }),
  });
  links.push(made);
  return made;
}

function ask(number: number, over: Partial<GrantAsk['lines'][number]> = {}): GrantAsk {
  const line = { account: 'a', cap: 10n ** 20n, lengthMs: 0, stepMs: 0, need: 2n ** 60n, want: 2n ** 61n };
  return { holder: 'h1', session: 1, number, lines: [{ ...line, ...over }] };
}

function base(account: string): void {
  const { revision } = authority.booked().find((one) => one.account === account)!;
  authority.rebase({ account, revision, base: new Map([[0, 7n]]), ended: [] });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(5); // the runner's own limit ends a wait for what never comes
}

/** Says something by hand and waits until the other side closes. @returns what came back. */
function sayByHand(text: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(path(), () => socket.write(text));
    socket.on('data', (part) => (heard += part.toString()));
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(heard));
  });
}

describe('the authority of one machine', () => {
  it('answers over its socket what it answers here, to the last digit', async () => {
    await listen();
    const holder = link();
    await holder.attach({ holder: 'h1', session: 1, totals: [] });
    expect(await holder.grant(ask(1))).toEqual({ kind: 'unready', line: 0 });
    base('a');
    const given = await holder.grant(ask(2));
    expect(given).toMatchObject({ kind: 'granted', levels: [{ account: 'a', spent: 7n }] });
    expect(given.kind === 'granted' && given.amounts[0]).toBeGreaterThanOrEqual(2n ** 60n);
    expect(await holder.grant(ask(2))).toEqual(given);
    const totals = {
      ...ask(1).lines[0]!,
      granted: 2n ** 61n,
      returned: 5n,
      overdrawn: 0n,
      settled: 11n,
      exposed: 0n,
    };
    const report = { holder: 'h1', session: 1, totals: [{ ...totals, steps: [[0, 11n]] as const }] };
    expect(await holder.report(report)).toMatchObject({
      kind: 'heard',
      levels: [{ account: 'a', spent: 18n }],
    });
  });

  it('answers many that are under way at once, each its own', async () => {
    await listen();
    const holder = link();
    await holder.attach({ holder: 'h1', session: 1, totals: [] });
    authority.expect(ask(1).lines[0]!);
    base('a');
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => holder.grant(ask(at + 1, { need: BigInt(at), want: 0n }))),
    );
    expect(answers.map((one) => one.kind === 'granted' && one.amounts[0])).toEqual(
      Array.from({ length: 50 }, (_, at) => BigInt(at)),
    );
  });

  it('takes the end of a connection for the loss of its holder, but not that of an older one', async () => {
    await listen();
    const first = link();
    await first.attach({ holder: 'h1', session: 1, totals: [] });
    const second = link();
    await second.attach({ holder: 'h1', session: 2, totals: [] });
    first.close();
    await second.report({ holder: 'h1', session: 2, totals: [] });
    await pause(20);
    expect(authority.holders()).toEqual([{ holder: 'h1', lost: false }]);
    second.close();
    await until(() => authority.holders()[0]?.lost === true);
  });

  it('does not know a holder on a connection on which it has not introduced itself', async () => {
    await listen();
    authority.attach({ holder: 'h1', session: 1, totals: [] }, 0);
    expect(await link().grant(ask(1))).toEqual({ kind: 'detached' });
  });

  it('says at once that nobody is there, and reaches the next authority', async () => {
    const holder = link();
    await expect(holder.grant(ask(1))).rejects.toBeInstanceOf(AuthorityAway);
    await expect(holder.grant(ask(1))).rejects.toThrow('asked again shortly');
    await listen();
    linkMs = 30;
    await holder.attach({ holder: 'h1', session: 1, totals: [] });
    await server!.close();
    await expect(holder.grant(ask(1))).rejects.toBeInstanceOf(AuthorityAway);
    await listen();
    linkMs = 90;
    expect(await holder.grant(ask(1))).toEqual({ kind: 'detached' });
  });

  it('gives up on an authority that does not answer', async () => {
    await listen();
    const holder = link(50);
    await holder.attach({ holder: 'h1', session: 1, totals: [] });
    authority.grant = () => {
      throw new Error('never mind');
    };
    await expect(holder.grant(ask(1))).rejects.toBeInstanceOf(AuthorityAway);
  });
});

describe('what is no message', () => {
  it.each([
    ['no JSON', '{"id":1,\n'],
    ['no number', '{"method":"attach","body":{"holder":"h1","session":1,"totals":[]}}\n'],
    ['another method', '{"id":1,"method":"rebase","body":{"holder":"h1","session":1}}\n'],
    ['no holder', '{"id":1,"method":"attach","body":{"session":1,"totals":[]}}\n'],
    [
      'a session that is no count',
      '{"id":1,"method":"attach","body":{"holder":"h1","session":-1,"totals":[]}}\n',
    ],
    [
      'a float of money',
      '{"id":1,"method":"grant","body":{"holder":"h1","session":1,"number":1,"lines":[{"account":"a","cap":"1.5","lengthMs":0,"stepMs":0,"need":"1","want":"1"}]}}\n',
    ],
    [
      'less than nothing',
      '{"id":1,"method":"grant","body":{"holder":"h1","session":1,"number":1,"lines":[{"account":"a","cap":"1","lengthMs":0,"stepMs":0,"need":"-1","want":"1"}]}}\n',
    ],
    [
      'two holders on one connection',
      '{"id":1,"method":"attach","body":{"holder":"h1","session":1,"totals":[]}}\n{"id":2,"method":"report","body":{"holder":"h2","session":1,"totals":[]}}\n',
    ],
  ])('ends the connection on %s and changes nothing else', async (_name, text) => {
    await listen();
    await sayByHand(text);
    expect(said).toHaveLength(1);
    const holder = link();
    await holder.attach({ holder: 'h9', session: 1, totals: [] });
    expect(authority.accounts).toEqual([]);
  });

  it('is longer than any message', async () => {
    await listen();
    const socket = connect(path());
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    for (let at = 0; at < 34; at += 1) socket.write('x'.repeat(1024 * 1024));
    await closed;
    expect(said[0]).toContain('longer than');
  });
});

describe('the place of the socket', () => {
  it('is in the data directory, for this user alone', async () => {
    await listen();
    expect(path()).toBe(join(directory, 'budgets.sock'));
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  it('is elsewhere where its path would be too long for the kernel, and still for this user alone', async () => {
    directory = join(directory, 'x'.repeat(120));
    mkdirSync(directory);
    expect(Buffer.byteLength(path())).toBeLessThan(108);
    expect(path()).toBe(budgetSocketPath(`${directory}/../${'x'.repeat(120)}`));
    await listen();
    expect(statSync(dirname(path())).mode & 0o777).toBe(0o700);
    await link().attach({ holder: 'h1', session: 1, totals: [] });
    chmodSync(path(), 0o600);
    await server!.close();
    rmSync(dirname(path()), { recursive: true });
  });
});
