/**
 * The bookkeeper of budgets: tells the authority what the ledger knows, so that what is counted there is everything
 * that was spent, and ends holders whose journals have ended.
 *
 * A line must never be missing from both the base and the holders' totals; in both for a moment is the safe side.
 * Three rules keep that, whatever runs in between:
 * - Who counts by totals is read before the ledger is asked, account by account, and only their lines are left out.
 *   A holder that comes later is counted twice until the next rebase, never zero times.
 * - A base is set only if nobody has rebased the account since it was looked at: only a rebase takes a holder's totals
 *   away (`ended`), so what the base leaves out is still in the totals when it is set.
 * - A holder ends only when it is lost and its journal is drained to its end. The drain must have begun to look for
 *   journals after the holder was lost: two steps of it later, since one may have been under way. Or whoever drained the
 *   journal, on whichever host, has told the shared state so: it says it behind the last line, and it is read before the
 *   ledger is asked.
 *
 * And nothing is given before the first base of an account, which waits until every journal on the disk has either a
 * holder that introduced itself (so its totals count) or been drained to its end (so its lines are in the ledger). Where
 * other hosts spend from the same budgets, whose journals are on their disks, it waits for everybody it knew (holder-memory.ts).
 */
import { EVERY, findAccount, openBudgets } from '../budgets/budgets.ts';
import type {
  AccountOf,
  AuthorityBooks,
  BookedAccount,
  BookedHolder,
  BudgetBook,
} from '../budgets/budgets.ts';
import type { LedgerReader } from '../ledger/question.ts';
import { basesOf, baseQuestions } from '../operate/operate.ts';
import type { BaseQuestion, BookedOf } from '../operate/operate.ts';
import type { BudgetRule } from '../rulebook/rulebook.ts';
import { HolderMemory } from './holder-memory.ts';
import type { BooksLook } from './holder-memory.ts';

export interface KeeperOptions {
  readonly books: AuthorityBooks;
  readonly ledger: Pick<LedgerReader, 'spend' | 'health'>;
  /** Workers of other machines ask it too, whose journals this machine's drain does not see. */
  readonly isShared?: boolean;
  /** Drains of all hosts say in the shared state which journals have ended, since all write to one ledger. */
  readonly endsAreTold?: boolean;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly say: (text: string) => void;
}

/** Budgets as the rulebook in force has them. */
export interface KeptBudgets {
  readonly budgets?: readonly BudgetRule[];
  readonly budgetsSince?: Readonly<Record<string, number>>;
}

export interface BudgetKeeper {
  /** Keeps these from now on; nothing is asked of anybody while there are none. */
  obey(kept: KeptBudgets): void;
  /** One look, and whatever is due. */
  step(): Promise<void>;
  stop(): Promise<void>;
}

const STEP_EVERY_MS = 50;
const ENDINGS_EVERY_MS = 500;
const REBASE_EVERY_MS = 60_000;
/** A rebase reads lines; it may take this part of one core at most. */
const REBASE_SHARE = 20;
const SAY_EVERY_MS = 60_000;
const NOBODY: ReadonlySet<string> = new Set();
/** Calls of a window may settle after its end. */
const CLOSED_AFTER_MS = 3_600_000;

export function createBudgetKeeper(options: KeeperOptions): BudgetKeeper {
  return new Keeper(options);
}

interface Journals {
  readonly open: ReadonlySet<string>;
  readonly step: number;
}

interface Lost {
  seenStep: number;
  stepsSince: number;
}

class Keeper implements BudgetKeeper {
  readonly #options: KeeperOptions;
  #book: BudgetBook = openBudgets([]);
  #since: Readonly<Record<string, number>> = {};
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  readonly #lost = new Map<string, Lost>();
  /** Journals that this machine's drain has had open. */
  readonly #seenOpen = new Set<string>();
  readonly #memory = new HolderMemory();
  #endingsAtMs = 0;
  #rebaseAtMs = 0;
  #rebaseTookMs = 0;
  /** Accounts whose periodic rebase is due. */
  readonly #due = new Set<string>();
  #saidAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  obey({ budgets = [], budgetsSince = {} }: KeptBudgets): void {
    this.#book = openBudgets(budgets);
    this.#since = budgetsSince;
    this.#rebaseAtMs = 0; // a changed budget may need another base
    if (budgets.length > 0) this.#timer ??= setInterval(() => void this.step(), STEP_EVERY_MS);
    else this.#pause();
  }

  #pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async stop(): Promise<void> {
    this.#pause();
    await this.#running;
  }

  async step(): Promise<void> {
    if (this.#running !== undefined) return this.#running;
    this.#running = this.#step().catch((fault: unknown) =>
      this.#say(`budgets: ${fault instanceof Error ? fault.message : String(fault)}; it is tried again`),
    );
    await this.#running;
    this.#running = undefined;
  }

  async #step(): Promise<void> {
    const { books, monotonicMs } = this.#options;
    const nowMs = monotonicMs();
    const wanted = await books.wanted();
    const rebaseDue = nowMs >= this.#rebaseAtMs;
    if (!wanted && !rebaseDue && this.#due.size === 0 && nowMs < this.#endingsAtMs) return;
    if (rebaseDue) await books.expect(this.#expected());
    const look = await books.look();
    const { accounts, holders } = look;
    this.#endingsAtMs = nowMs + ENDINGS_EVERY_MS;
    if (rebaseDue) this.#planRebase(accounts, nowMs);
    const lost = holders.filter((one) => one.lost);
    const names = new Set(lost.map(({ holder }) => holder));
    for (const holder of this.#lost.keys()) if (!names.has(holder)) this.#lost.delete(holder);
    const isCalm = accounts.every(({ known }) => known) && this.#due.size === 0 && lost.length === 0;
    if (isCalm && this.#options.isShared !== true) return;
    const journals = await this.#journals();
    if (journals === undefined) return;
    this.#memory.see(look, { open: journals.open, seenOpen: this.#seenOpen }, nowMs);
    const ended = this.#ended(lost, journals);
    const open = await this.#openAccounts(accounts, ended);
    const mayBegin = open.some(({ booked }) => !booked.known) && this.#everybodyIsKnown(look, journals);
    const questionsOf = (due: readonly BookedOf[]): BaseQuestion[] =>
      baseQuestions(due, this.#sinceRulebook, this.#options.nowMs());
    const urgent = questionsOf(
      open.filter(({ booked }) =>
        booked.known ? booked.holders.some((holder) => ended.has(holder)) : mayBegin,
      ),
    );
    for (const question of urgent) await this.#rebase(question, ended);
    for (const holder of ended) {
      await books.forget(holder);
      this.#memory.forget(holder);
    }
    // One question at a time of those that can wait, so that nobody who wants to begin waits for all of them.
    if (urgent.length === 0)
      await this.#rebaseNext(
        questionsOf(open.filter(({ booked }) => booked.known && this.#due.has(booked.account)))[0],
      );
  }

  #planRebase(accounts: readonly BookedAccount[], nowMs: number): void {
    for (const { account, known } of accounts) if (known) this.#due.add(account);
    this.#rebaseAtMs = nowMs + Math.max(REBASE_EVERY_MS, this.#rebaseTookMs * REBASE_SHARE);
    this.#rebaseTookMs = 0;
  }

  async #rebaseNext(question: BaseQuestion | undefined): Promise<void> {
    if (question === undefined) return this.#due.clear(); // those that are left are over
    const beganMs = this.#options.monotonicMs();
    await this.#rebase(question, NOBODY);
    for (const { booked } of question.accounts) this.#due.delete(booked.account);
    this.#rebaseTookMs += this.#options.monotonicMs() - beganMs;
  }

  /** Budgets of one value are known of before anybody asks, so that people see them and no first call waits. */
  #expected(): AccountOf[] {
    const nowMs = this.#options.nowMs();
    return this.#book.rules
      .filter(({ scope }) => scope.value !== EVERY)
      .map((rule) => this.#book.accountFor(rule, rule.scope.value, false, nowMs))
      .map(({ id, cap, window: { lengthMs, stepMs } }) => ({ account: id, cap, lengthMs, stepMs }));
  }

  async #journals(): Promise<Journals | undefined> {
    const { openJournals, drainStep } = await this.#options.ledger.health();
    if (openJournals === undefined || drainStep === undefined) return undefined;
    for (const journal of openJournals) this.#seenOpen.add(journal);
    return { open: new Set(openJournals), step: drainStep };
  }

  /** Lost holders that can spend no more and whose every line is in the ledger. */
  #ended(lost: readonly BookedHolder[], { open, step }: Journals): Set<string> {
    const ended = new Set<string>();
    for (const { holder, drained } of lost) {
      let known = this.#lost.get(holder);
      if (known === undefined) this.#lost.set(holder, (known = { seenStep: step, stepsSince: 0 }));
      if (step !== known.seenStep) {
        known.stepsSince += 1; // an other number of a restarted drain is a later step too
        known.seenStep = step;
      }
      const couldBeElsewhere = this.#options.isShared === true && !this.#seenOpen.has(holder);
      const drainedHere = known.stepsSince >= 2 && !open.has(holder) && !couldBeElsewhere;
      if (drained === true || drainedHere) ended.add(holder);
    }
    return ended;
  }

  #everybodyIsKnown(look: BooksLook, { open }: Journals): boolean {
    const { isShared = false, endsAreTold = false, monotonicMs } = this.#options;
    if (isShared && !this.#memory.hadTime(monotonicMs())) return false;
    const known = new Set(look.holders.map(({ holder }) => holder));
    const missing = new Set([...open].filter((journal) => !known.has(journal)));
    if (isShared && endsAreTold) for (const holder of this.#memory.missing(look)) missing.add(holder);
    if (missing.size > 0)
      this.#say(
        `budgets: nothing is given of budgets that nobody has used since control began, before ${[...missing].join(', ')} has said what it holds or its journal is in the ledger (if its machine is gone for good, restart control: what it held then counts no more)`,
      );
    return missing.size === 0;
  }

  /** Takes accounts away that are over, and those of budgets that are gone once nobody has a part of them. */
  async #openAccounts(all: readonly BookedAccount[], ended: ReadonlySet<string>): Promise<BookedOf[]> {
    const nowMs = this.#options.nowMs();
    const open: BookedOf[] = [];
    const over: string[] = [];
    for (const booked of all) {
      const account = findAccount(this.#book, booked.account);
      // The totals of a worker that lives go on where they were, should the budget come back.
      const isOver =
        account === undefined
          ? booked.holders.every((holder) => ended.has(holder))
          : account.window.toMs + CLOSED_AFTER_MS < nowMs;
      if (isOver) over.push(booked.account);
      else if (account !== undefined) open.push({ account, booked });
    }
    if (over.length > 0) await this.#options.books.close(over, [...ended]);
    return open;
  }

  readonly #sinceRulebook = ({ id }: BudgetRule): number => this.#since[id] ?? 0;

  async #rebase(question: BaseQuestion, ended: ReadonlySet<string>): Promise<void> {
    const bases = basesOf(question, await this.#options.ledger.spend(question.ask), ended);
    await this.#options.books.rebase(
      question.accounts.map(({ booked: { account, revision, holders } }, at) => ({
        account,
        revision,
        base: bases[at]!,
        ended: holders.filter((holder) => ended.has(holder)),
      })),
    );
  }

  #say(text: string): void {
    const nowMs = this.#options.monotonicMs();
    if (nowMs - this.#saidAtMs < SAY_EVERY_MS) return;
    this.#saidAtMs = nowMs;
    this.#options.say(text);
  }
}
