/** Control in the simulation: the authority, the bookkeeping that bases it on the store, and a network that loses messages. */
import { booksOf, BudgetAuthority, openBudgets } from '../../src/budgets/budgets.ts';
import type { AuthorityLink } from '../../src/budgets/budgets.ts';
import type { LedgerHealth, SpendAsk, SpendRow } from '../../src/ledger/question.ts';
import { createBudgetKeeper } from '../../src/roles/budget-keeper.ts';
import type { BudgetKeeper } from '../../src/roles/budget-keeper.ts';
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
  /** What the drains know of journals that have not ended; undefined before each of them has looked once. */
  readonly drains: () => Required<Pick<LedgerHealth, 'openJournals' | 'drainStep'>> | undefined;
  /** A control of the experiment: the books are kept without waiting for journals that somebody left behind. */
  readonly careless: boolean;
}

export class Control {
  authority: BudgetAuthority | undefined;
  readonly rules: readonly BudgetRule[];
  readonly #book: ReturnType<typeof openBudgets>;
  readonly #world: ControlWorld;
  #keeper: BudgetKeeper | undefined;
  /** Connections that are closed: nothing comes out of them any more. */
  readonly #closed = new Set<string>();
  /** S + R ≤ C was broken by a grant. */
  readonly overcommitted: string[] = [];

  constructor(rules: readonly BudgetRule[], world: ControlWorld) {
    this.rules = rules;
    this.#book = openBudgets(rules);
    this.#world = world;
  }

  kill(): void {
    this.authority = undefined;
    void this.#keeper?.stop();
  }

  start(): void {
    if (this.authority !== undefined) return;
    const { time, wallMs } = this.#world;
    this.authority = new BudgetAuthority();
    this.#keeper = createBudgetKeeper({
      books: booksOf(this.authority, wallMs),
      ledger: { spend: (ask) => this.#spend(ask), health: () => this.#health() },
      nowMs: wallMs,
      monotonicMs: () => time.nowMs,
      say: () => undefined,
    });
    this.#keeper.obey({ budgets: this.rules });
  }

  /** A worker's connection closes when it ends. */
  lose(holder: string): void {
    this.#closed.add(holder);
    this.authority?.lose(holder);
  }

  async #health(): Promise<LedgerHealth> {
    const known = this.#world.drains();
    const health = { lines: 0, backlogFrames: 0, completeUntilMs: 0, trouble: '' };
    if (known === undefined) return health;
    return { ...health, ...known, ...(this.#world.careless && { openJournals: [] }) };
  }

  /** The ledger's answer, which takes a while to come: what is written meanwhile is not in it. */
  async #spend(ask: SpendAsk): Promise<readonly SpendRow[]> {
    const { store, time, dice } = this.#world;
    if (store.down) throw new Error('the store is down');
    const rows = spendOf(store.rows, ask);
    await time.pause(dice.whole(1, 40));
    return rows;
  }

  /** A worker's way here; each one has its own, so that its messages keep no order with those of others. */
  link(): AuthorityLink {
    return {
      attach: (attach) => this.#carry(attach, (authority) => authority.attach(attach, this.#world.wallMs())),
      grant: (ask) =>
        this.#carry(ask, (authority) => {
          const answer = authority.grant(ask, this.#world.wallMs());
          if (answer.kind === 'granted') for (const { account } of ask.lines) this.#checkGrant(account);
          return answer;
        }),
      report: (report) => this.#carry(report, (authority) => authority.report(report, this.#world.wallMs())),
    };
  }

  #checkGrant(account: string): void {
    const seen = this.authority?.view(this.#world.wallMs()).find((one) => one.account === account);
    if (seen !== undefined && seen.spent + seen.reserved > seen.cap) this.overcommitted.push(account);
  }

  #carry<Answer>(
    { holder }: { readonly holder: string },
    deliver: (authority: BudgetAuthority) => Answer,
  ): Promise<Answer> {
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
        if (authority === undefined || this.#closed.has(holder)) return;
        const answer = deliver(authority);
        // A copy that comes late must change nothing.
        if (twice)
          time.at(
            backMs + 3,
            () => this.authority === authority && !this.#closed.has(holder) && deliver(authority),
          );
        if (!lostBack) time.at(backMs, () => resolve(answer));
      });
    });
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

/** The question of `LedgerReader.spend` over plain rows. */
function spendOf(
  rows: readonly Row[],
  { during, by, where, stepMs, journals, simulated }: SpendAsk,
): SpendRow[] {
  if (simulated === 'only') return [];
  const valueOf = (row: Row): string => (by === null ? '' : by === 'team' ? row.team : row.workflow);
  return rows
    .filter(({ startedAtMs }) => startedAtMs >= during.fromMs && startedAtMs < during.toMs)
    .filter((row) =>
      where.every(
        ({ is, not }) => (is?.includes(valueOf(row)) ?? true) && !(not?.includes(valueOf(row)) ?? false),
      ),
    )
    .map((row) => ({
      value: valueOf(row),
      stepMs: stepMs === 0 ? 0 : Math.floor(row.startedAtMs / stepMs) * stepMs,
      journal: journals.includes(row.journal) ? row.journal : '',
      cost: row.cost,
      tokens: row.tokens,
      calls: row.calls,
      unpricedCalls: 0n,
    }));
}
