/**
 * A gateway worker without its HTTP: a real journal, real slices, a real way to the authority; the provider is a pause.
 * Started by budget-traffic.ts, which may kill it at any moment.
 */
import { setTimeout as pause } from 'node:timers/promises';

import { openBudgets } from '../src/budgets/budgets.ts';
import type { Account, Reservation } from '../src/budgets/budgets.ts';
import { openJournal } from '../src/ledger/ledger.ts';
import { holdBudgets } from '../src/roles/budget-holder.ts';
import { connectAuthority } from '../src/roles/budget-socket.ts';
import { shareAuthority } from '../src/roles/budget-redis.ts';
import type { Rulebook } from '../src/rulebook/rulebook.ts';
import { createIdSource } from '../src/units/ids.ts';
import { amountOf, budgetOf, intentOf, readCalls, settlementOf } from './budget-calls.ts';
import type { Call, Unit } from './budget-calls.ts';

export interface WorkerAsk {
  readonly slot: string;
  readonly journals: string;
  readonly place:
    | { readonly kind: 'embedded'; readonly socket: string }
    | { readonly kind: 'redis'; readonly url: string };
  readonly unit: Unit;
  readonly cap: string;
  /** `check first`: looks whether anything is left, calls, then adds what it came to, as most gateways do. */
  readonly mode: 'reserve' | 'check first';
  readonly calls: number;
  readonly atOnce: number;
  readonly providerMs: readonly [least: number, most: number];
  /** Whether a worker ends its calls when one was refused. */
  readonly endsAtRefusal: boolean;
  /** As the gateway's setting `limits.budgetWaitMs`. */
  readonly waitMs: number;
  readonly seed: number;
}

/** What a worker says, in this order; `open` with every admission. */
export type WorkerSays =
  | { readonly ready: true }
  | { readonly open: number }
  | {
      readonly admitted: ReadonlyArray<readonly [atMs: number, amount: string]>;
      readonly refusedAtMs: number | null;
    };

const ask = JSON.parse(process.argv[2] ?? '{}') as WorkerAsk;
const say = (message: WorkerSays): void => void process.send?.(message);
const nowMs = Date.now;
const monotonicMs = (): number => performance.now();
const wallMs = (): number => performance.timeOrigin + performance.now();

const rule = budgetOf(ask.unit, BigInt(ask.cap), ask.mode === 'reserve' ? 'hard' : 'observe');
const [account] = openBudgets([rule]).accountsOf(
  { workflow: 'coding', team: 'bench', customer: '', key: '', tags: {} },
  false,
  nowMs(),
) as [Account];
const journal = openJournal({ directory: ask.journals, slot: ask.slot, now: nowMs });
const link =
  ask.place.kind === 'redis'
    ? shareAuthority({ url: ask.place.url, password: undefined, monotonicMs }).link
    : connectAuthority({ path: ask.place.socket, monotonicMs });
const budgets = holdBudgets({
  journal: journal.id,
  link,
  longestWaitMs: ask.waitMs,
  nowMs,
  monotonicMs,
  say: () => undefined,
});
budgets.obey({ budgets: [rule] } as unknown as Rulebook);

const newId = createIdSource(nowMs);
const calls = readCalls();
let state = ask.seed;
/** A fixed sequence, so that runs are comparable (Park and Miller). */
const chance = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;

const admitted: Array<readonly [number, string]> = [];
let refusedAtMs: number | null = null;
let open = 0;
let left = ask.calls;

async function run(): Promise<void> {
  await Promise.all(
    Array.from({ length: ask.atOnce }, async () => {
      while (left > 0 && !(ask.endsAtRefusal && refusedAtMs !== null)) {
        left -= 1;
        await one(calls[Math.floor(chance() * calls.length)]!);
      }
    }),
  );
  say({ admitted, refusedAtMs });
}

async function one(call: Call): Promise<void> {
  const reservation = await admit(call);
  if (reservation === undefined) {
    refusedAtMs ??= wallMs();
    return;
  }
  admitted.push([wallMs(), String(amountOf(call.usage, ask.unit))]);
  const intent = intentOf(newId(), call, nowMs());
  journal.intend(intent);
  say({ open: (open += 1) });
  const [least, most] = ask.providerMs;
  await pause(least + chance() * (most - least));
  journal.settle(settlementOf(intent, call));
  reservation.settle([amountOf(call.usage, ask.unit)]);
  open -= 1;
}

async function admit(call: Call): Promise<Reservation | undefined> {
  if (ask.mode === 'check first') {
    await budgets.holder.flush(); // asks how much is left at this moment
    if ((budgets.holder.leftOf(account) ?? account.cap) <= 0n) return undefined;
  }
  const amount = ask.mode === 'reserve' ? amountOf(call.most, ask.unit) : 0n;
  const admission = await budgets.holder.admit([{ account, amount }], nowMs());
  return admission.kind === 'reserved' ? admission.reservation : undefined;
}

process.on('message', (message) => {
  if (message === 'go') void run();
  else if (message === 'stop')
    void budgets
      .stop()
      .then(() => journal.close())
      .then(() => process.exit(0));
});
say({ ready: true });
