/** Control in the simulation: the authority, the bookkeeping that bases it on the store, and a network that loses messages. */
import { BudgetAuthority, openBudgets } from '../../src/budgets/budgets.ts';
import type { AuthorityLink } from '../../src/budgets/budgets.ts';
import type { BudgetRule } from '../../src/rulebook/rulebook.ts';
import type { Row, Store } from './store.ts';
import type { Dice, VirtualTime } from './time.ts';

export interface Network {
  /** How often a message, or its answer, is lost; and how often a message arrives twice. */
  loss: number;
  twice: number;
  slowestMs: number;
}

const ANSWER_WITHIN_MS = 1_000;

interface ControlWorld {
  readonly time: VirtualTime;
  readonly dice: Dice;
  readonly store: Store;
  readonly network: Network;
  readonly wallMs: () => number;
  /** Journals that are not drained to their end. */
  readonly openJournals: () => readonly string[];
  /** A control of the experiment: the books are kept without waiting for journals that somebody left behind. */
  readonly careless: boolean;
}

export class Control {
  authority: BudgetAuthority | undefined = new BudgetAuthority();
  readonly rules: readonly BudgetRule[];
  readonly #book: ReturnType<typeof openBudgets>;
  readonly #world: ControlWorld;
  /** S + R ≤ C was broken by a grant. */
  readonly overcommitted: string[] = [];

  constructor(rules: readonly BudgetRule[], world: ControlWorld) {
    this.rules = rules;
    this.#book = openBudgets(rules);
    this.#world = world;
  }

  kill(): void {
    this.authority = undefined;
  }

  start(): void {
    this.authority ??= new BudgetAuthority();
  }

  /** A worker's way here; each one has its own, so that its messages keep no order with those of others. */
  link(): AuthorityLink {
    return {
      attach: (attach) => this.#carry((authority) => authority.attach(attach, this.#world.wallMs())),
      grant: (ask) =>
        this.#carry((authority) => {
          const answer = authority.grant(ask, this.#world.wallMs());
          if (answer.kind === 'granted') for (const { account } of ask.lines) this.#checkGrant(account);
          return answer;
        }),
      report: (report) => this.#carry((authority) => authority.report(report, this.#world.wallMs())),
    };
  }

  #checkGrant(account: string): void {
    const seen = this.authority?.view(this.#world.wallMs()).find((one) => one.account === account);
    if (seen !== undefined && seen.spent + seen.reserved > seen.cap) this.overcommitted.push(account);
  }

  #carry<Answer>(deliver: (authority: BudgetAuthority) => Answer): Promise<Answer> {
    const { time, dice, network } = this.#world;
    const outMs = dice.next() * network.slowestMs;
    const backMs = dice.next() * network.slowestMs;
    const lostOut = dice.chance(network.loss);
    const lostBack = dice.chance(network.loss);
    const twice = dice.chance(network.twice);
    return new Promise((resolve, reject) => {
      time.at(ANSWER_WITHIN_MS, () => reject(new Error('no answer')));
      if (lostOut) return;
      time.at(outMs, () => {
        const { authority } = this;
        if (authority === undefined) return;
        const answer = deliver(authority);
        // A copy that comes late must change nothing.
        if (twice) time.at(backMs + 3, () => this.authority === authority && deliver(authority));
        if (!lostBack) time.at(backMs, () => resolve(answer));
      });
    });
  }

  /** What the keeper of the books does, again and again: bases accounts, and retires holders whose journals have ended. */
  keepBooks(): void {
    const { authority } = this;
    const { store, openJournals, careless } = this.#world;
    if (authority === undefined || store.down) return;
    const open = new Set(openJournals());
    const holders = new Set(authority.holders().map(({ holder }) => holder));
    const strangers = [...open].filter((journal) => !holders.has(journal));
    if (strangers.length > 0 && !careless) return; // what they spent is in neither the store nor a holder
    const ended = new Set([...holders].filter((holder) => !open.has(holder)));
    const beside = new Set([...holders].filter((holder) => open.has(holder)));
    const accounts = ended.size > 0 ? authority.accounts : authority.wanted;
    for (const account of accounts) authority.rebase(account, this.#baseOf(account, beside), ended);
    for (const holder of ended) authority.forget(holder);
  }

  /** What the store has in an account, by the begin of its window, beside the lines of some journals. */
  #baseOf(account: string, beside: ReadonlySet<string>): Map<number, bigint> {
    const base = new Map<number, bigint>();
    for (const row of this.#world.store.rows) {
      if (beside.has(row.journal)) continue;
      for (const one of this.accountsOf(row)) {
        if (one.id !== account) continue;
        const step = one.window.fromMs;
        base.set(step, (base.get(step) ?? 0n) + amountOf(row, one.rule));
      }
    }
    return base;
  }

  accountsOf({ workflow, team, startedAtMs }: Pick<Row, 'workflow' | 'team' | 'startedAtMs'>) {
    return this.#book.accountsOf(
      { workflow, team, customer: '', key: 'unkeyed', tags: {} },
      false,
      startedAtMs,
    );
  }
}

export function amountOf(row: Pick<Row, 'cost' | 'tokens' | 'calls'>, { unit }: BudgetRule): bigint {
  return unit === 'money' ? row.cost : unit === 'tokens' ? row.tokens : row.calls;
}
