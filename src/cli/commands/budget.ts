/** `setpoint budget list|show`. */
import { actionText } from '../../rulebook/budget-rules.ts';
import type {
  Budget,
  BudgetAccount,
  BudgetDetail,
  BudgetList,
  StandingBudget,
} from '../../api/contract/budgets.ts';
import { dateFormat } from '../../units/date-format.ts';
import { countText, moneyText, NONE } from '../../units/figures.ts';
import { EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import type { Sheet, TableStyle } from '../table.ts';
import { instantOf } from './attribution-rules.ts';
import { fileAsked, runFile } from './files.ts';
import { showSheet } from './sheets.ts';
import type { Cell } from './sheets.ts';

const BAR_CELLS = 20;
/** Accounts of one budget in the table of all; `show` has the others. */
const MOST_LISTED = 5;
/** What cannot be told now. */
const UNKNOWN = '?';

export async function runBudgetList(command: Command, at: string | undefined): Promise<number> {
  const instant = at === undefined ? undefined : instantOf('--at', at);
  const file = fileAsked(command);
  if (file !== undefined)
    return runFile(command, file, 'budgets', instant === undefined ? {} : { at: instant });
  const answer = await (await command.client()).budgets.list(instant);
  const rows = answer.budgets.flatMap((budget) =>
    budget.accounts.map((account, index) => ({ budget, account, index })),
  );
  showSheet(command, {
    answer,
    rows: rows.map(({ budget, account }) => ({ ...named(budget), ...accountRow(account) })),
    sheet: () =>
      listSheet(
        rows.filter(({ index }) => index < MOST_LISTED),
        command.style,
      ),
    empty:
      answer.budgets.length === 0
        ? 'No budget is set. "setpoint budget set Support --scope team=CX --amount 500 --per month --reason …" sets one.'
        : 'Nothing was spent under these budgets yet.',
  });
  if (command.format === 'json') return EXIT.ok;
  command.say(answer.sentence);
  for (const { id, accounts } of answer.budgets)
    if (accounts.length > MOST_LISTED && command.format === 'table')
      command.say(`${accounts.length - MOST_LISTED} more accounts: "setpoint budget show ${id}".`);
  sayAway(command, answer);
  return EXIT.ok;
}

export async function runBudgetShow(command: Command, id: string, at: string | undefined): Promise<number> {
  const answer = await (
    await command.client()
  ).budgets.show(id, at === undefined ? undefined : instantOf('--at', at));
  const { budget } = answer;
  showSheet(command, {
    answer,
    rows: budget.accounts.map((account) => ({ ...named(budget), ...accountRow(account) })),
    sheet: () =>
      listSheet(
        budget.accounts.map((account) => ({ budget, account })),
        command.style,
      ),
    empty: 'Nothing was spent under this budget yet.',
  });
  if (command.format === 'json') return EXIT.ok;
  command.say(`${budgetText(budget)}. ${budget.bound}`);
  for (const { percent, action } of budget.thresholds)
    command.say(`  from ${percent}%: ${actionText(action)}`);
  for (const line of historyLines(answer)) command.say(line);
  sayAway(command, answer);
  return EXIT.ok;
}

function named(budget: StandingBudget): Record<string, Cell> {
  const { id, name, version, origin, unit, mode } = budget;
  return { id, name, version, origin, scope: scopeText(budget), unit, mode };
}

function accountRow({
  value,
  simulated,
  state,
  window,
  burn,
  ...figures
}: BudgetAccount): Record<string, Cell> {
  const { cap, spent, reserved, presumed, exposed, remaining, spentPercent, percent } = figures;
  return {
    value,
    simulated,
    state,
    from: window.from,
    to: window.to,
    cap,
    spent,
    reserved,
    presumed,
    exposed,
    remaining,
    spentPercent,
    percent,
    perDay: burn.perDay,
    projected: burn.projected,
    breachAt: burn.breachAt,
    crossed: burn.crossed?.from ?? null,
    why: burn.why,
  };
}

interface Row {
  readonly budget: StandingBudget;
  readonly account: BudgetAccount;
}

function listSheet(rows: readonly Row[], style: TableStyle): Sheet {
  const right = (header: string) => ({ header, align: 'right' as const });
  const left = (header: string) => ({ header, align: 'left' as const });
  return {
    columns: [
      left('Budget'),
      left('For'),
      left('Window'),
      left('Used'),
      right('%'),
      right('Spent'),
      right('Reserved'),
      right('Left'),
      right('Cap'),
      left('Used up'),
    ],
    rows: rows.map(({ budget, account }) => {
      const amount = (text: string | null): string => amountText(text, budget.unit);
      return [
        `${budget.id}${account.simulated ? ' (SIMULATED)' : ''}`,
        budget.scope.value === '*' ? `${budget.scope.kind} ${account.value}` : scopeText(budget),
        account.window.text,
        barText(account, style.drawing),
        account.percent === null ? UNKNOWN : `${Math.floor(account.percent)}%`,
        amount(account.spent),
        amount(account.reserved),
        amount(account.remaining),
        amount(account.cap),
        usedUpText(account, budget),
      ];
    }),
  };
}

/** Spent, reserved, left, in twenty cells: `████▒▒░░`. What is spent shows at least one cell; unknown is no bar. */
export function barText(
  { spentPercent, percent }: Pick<BudgetAccount, 'spentPercent' | 'percent'>,
  drawing: TableStyle['drawing'],
): string {
  if (spentPercent === null) return UNKNOWN;
  const [full, held, free] = drawing === 'unicode' ? ['█', '▒', '░'] : ['#', '=', '.'];
  const cells = (share: number): number =>
    share <= 0 ? 0 : Math.min(BAR_CELLS, Math.max(1, Math.floor((share * BAR_CELLS) / 100)));
  const spent = cells(spentPercent);
  const taken = Math.max(spent, cells(percent ?? spentPercent));
  return full.repeat(spent) + held.repeat(taken - spent) + free.repeat(BAR_CELLS - taken);
}

function usedUpText({ burn, simulated }: BudgetAccount, budget: StandingBudget): string {
  if (burn.crossed !== null) return `${dayText(burn.crossed.from, budget)} (is)`;
  if (burn.breachAt !== null) return `${dayText(burn.breachAt, budget)} at the pace of ${burn.pace}`;
  if (simulated) return NONE;
  return NO_DATE[burn.why];
}

const NO_DATE: Readonly<Record<BudgetAccount['burn']['why'], string>> = {
  '': NONE,
  'used-up': 'is',
  fits: 'not in this window',
  rolling: 'spend leaves it again',
  'nothing-spent': 'nothing spent of late',
  'too-young': 'unknown: too little history',
  'ledger-away': 'unknown: the ledger is away',
  simulated: NONE,
};

function dayText(instant: string, { window }: Budget): string {
  const timeZone = window.kind === 'calendar' ? (window.timeZone ?? 'UTC') : 'UTC';
  const short = window.kind === 'rolling' || window.unit === 'hour' || window.unit === 'day';
  return dateFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    ...(short && { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  }).format(Date.parse(instant));
}

export function amountText(amount: string | null, unit: Budget['unit']): string {
  if (amount === null) return UNKNOWN;
  return unit === 'money' ? moneyText(amount) : countText(BigInt(amount));
}

export function scopeText({ scope }: Pick<Budget, 'scope'>): string {
  if (scope.kind === 'organisation') return 'organisation';
  const kind = scope.kind === 'tag' ? `tag:${scope.tag}` : scope.kind;
  return scope.value === '*' ? `each ${kind}` : `${kind} ${scope.value}`;
}

/** `Support: $500.00 per month for team CX, hard, version 2`. */
export function budgetText(budget: Budget): string {
  const { name, amount, unit, window, mode, version } = budget;
  const words = unit === 'money' ? '' : ` ${unit}`;
  const span = window.kind === 'calendar' ? `per ${window.unit}` : `in any ${window.hours} h`;
  const which = version === null ? 'of setpoint.yaml' : `version ${version}`;
  return `${name}: ${amountText(amount, unit)}${words} ${span} for ${scopeText(budget)}, ${mode}, ${which}`;
}

function historyLines({ history, past, budget }: BudgetDetail): string[] {
  const versions = history.map(({ version, state, amount, unit, author, reason, decidedAt }) => {
    const when = decidedAt === null ? '' : ` ${decidedAt.slice(0, 10)}`;
    const why = reason === '' ? '' : `: ${reason}`;
    return `  ${version === null ? 'settings' : `version ${version}`}, ${state}, ${amountText(amount, unit)}${when} by ${author}${why}`;
  });
  const windows = past.map(({ value, window, spent, percent, crossed }) => {
    const used = crossed === null ? '' : `, used up on ${dayText(crossed.from, budget)}`;
    const whose = budget.scope.value === '*' ? ` ${value}` : '';
    return `  ${window.text}${whose}: ${amountText(spent, budget.unit)}, ${Math.floor(percent)}%${used}`;
  });
  return [
    'Versions:',
    ...versions,
    ...(windows.length === 0 ? [] : ['Windows before, against this budget as it is now:', ...windows]),
  ];
}

function sayAway(command: Command, { authority, ledger }: Pick<BudgetList, 'authority' | 'ledger'>): void {
  if (authority === 'unreachable')
    command.say(
      '! The budget authority cannot be asked: what is reserved and left is not known. Spend is the ledger’s.',
    );
  if (ledger === 'away')
    command.say(
      '! The ledger does not answer: pace and dates are not known. No call is lost; they wait in the journal.',
    );
}
