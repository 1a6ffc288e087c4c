/**
 * The messages of `protocol.ts` as text: JSON with amounts as decimal strings, since JSON has no integers of their
 * size. Whatever comes from another process is read field by field; nothing that was not asked for gets in. Pure.
 */
import type { Amount } from './account.ts';
import type {
  AccountLevel,
  AccountView,
  Attach,
  AuthorityBooks,
  BookedAccount,
  GrantAnswer,
  GrantAsk,
  GrantLine,
  HolderReport,
  HolderTotals,
  ReportAnswer,
} from './protocol.ts';

/** Two limbs of Redis hold 10^24: a trillion dollars in picodollars. Anything larger is a mistake. */
const AMOUNT = /^-?\d{1,24}$/;
const MOST_TEXT = 2_048;
const MOST_LINES = 1_000;
const MOST_TOTALS = 100_000;
const MOST_STEPS = 1_000;

export type HolderMessage =
  | { readonly method: 'attach'; readonly body: Attach }
  | { readonly method: 'grant'; readonly body: GrantAsk }
  | { readonly method: 'report'; readonly body: HolderReport };

/** Any message or answer as one line of text. */
export function writeMessage(message: unknown): string {
  return JSON.stringify(message, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

/** @throws RangeError naming the field, when it is no message of a holder. */
export function readHolderMessage(method: unknown, body: unknown): HolderMessage {
  const fields = objectOf(body, 'message');
  const ask = { holder: textOf(fields, 'holder'), session: countOf(fields, 'session') };
  switch (method) {
    case 'attach':
    case 'report':
      return { method, body: { ...ask, totals: listOf(fields, 'totals', MOST_TOTALS, totalsOf) } };
    case 'grant': {
      const lines = listOf(fields, 'lines', MOST_LINES, grantLineOf);
      if (new Set(lines.map(({ account }) => account)).size < lines.length)
        throw new RangeError('an account is asked for once');
      return { method, body: { ...ask, number: countOf(fields, 'number'), lines } };
    }
    default:
      throw new RangeError('method is none of attach, grant, report');
  }
}

/** @throws RangeError when it is no answer to a grant. */
export function readGrantAnswer(answer: unknown): GrantAnswer {
  const fields = objectOf(answer, 'answer');
  switch (fields['kind']) {
    case 'granted':
      return {
        kind: 'granted',
        amounts: listOf(fields, 'amounts', MOST_LINES, amountFrom),
        levels: listOf(fields, 'levels', MOST_LINES, levelOf),
      };
    case 'full':
      return {
        kind: 'full',
        line: countOf(fields, 'line'),
        spent: amountOf(fields, 'spent'),
        held: amountOf(fields, 'held'),
        cap: amountOf(fields, 'cap'),
        couldFit: fields['couldFit'] === true,
      };
    case 'unready':
      return { kind: 'unready', line: countOf(fields, 'line') };
    case 'detached':
      return { kind: 'detached' };
    default:
      throw new RangeError('kind is no answer to a grant');
  }
}

/** @throws RangeError when it is no answer to a report. */
export function readReportAnswer(answer: unknown): ReportAnswer {
  const fields = objectOf(answer, 'answer');
  if (fields['kind'] === 'detached') return { kind: 'detached' };
  if (fields['kind'] !== 'heard') throw new RangeError('kind is no answer to a report');
  return {
    kind: 'heard',
    recall: listOf(fields, 'recall', MOST_TOTALS, (value) => textFrom(value, 'recall')),
    levels: listOf(fields, 'levels', MOST_TOTALS, levelOf),
  };
}

/** @throws RangeError when it is no look at the books. */
export function readBooksLook(answer: unknown): Awaited<ReturnType<AuthorityBooks['look']>> {
  const fields = objectOf(answer, 'answer');
  const ended = listOf(fields, 'drained', MOST_TOTALS, (holder) => textFrom(holder, 'holder'));
  return {
    ...(ended.length > 0 && { drained: ended }),
    accounts: listOf(fields, 'accounts', MOST_TOTALS, (value): BookedAccount => {
      const account = objectOf(value, 'account');
      return {
        account: textOf(account, 'account'),
        known: account['known'] === true,
        revision: textOf(account, 'revision'),
        holders: listOf(account, 'holders', MOST_TOTALS, (holder) => textFrom(holder, 'holder')),
      };
    }),
    holders: listOf(fields, 'holders', MOST_TOTALS, (value) => {
      const holder = objectOf(value, 'holder');
      const drained = holder['drained'] === true && { drained: true };
      return { holder: textOf(holder, 'holder'), lost: holder['lost'] === true, ...drained };
    }),
  };
}

/** @throws RangeError when they are no views of accounts. */
export function readAccountViews(answer: unknown): AccountView[] {
  return listOf({ views: answer }, 'views', MOST_TOTALS, (value) => {
    const fields = objectOf(value, 'view');
    return {
      account: textOf(fields, 'account'),
      cap: amountOf(fields, 'cap'),
      spent: amountOf(fields, 'spent'),
      reserved: amountOf(fields, 'reserved'),
      presumed: amountOf(fields, 'presumed'),
      exposed: amountOf(fields, 'exposed'),
      known: fields['known'] === true,
    };
  });
}

type Fields = Readonly<Record<string, unknown>>;

function totalsOf(value: unknown): HolderTotals {
  const fields = objectOf(value, 'totals');
  return {
    ...accountOf(fields),
    granted: amountOf(fields, 'granted'),
    returned: amountOf(fields, 'returned'),
    overdrawn: amountOf(fields, 'overdrawn'),
    settled: amountOf(fields, 'settled'),
    exposed: amountOf(fields, 'exposed'),
    steps: listOf(fields, 'steps', MOST_STEPS, (step) => {
      if (!Array.isArray(step) || step.length !== 2) throw new RangeError('a step is a pair');
      return [finiteFrom(step[0], 'step'), amountFrom(step[1])] as const;
    }),
  };
}

function grantLineOf(value: unknown): GrantLine {
  const fields = objectOf(value, 'line');
  const need = amountOf(fields, 'need');
  const want = amountOf(fields, 'want');
  if (need < 0n || want < 0n) throw new RangeError('nobody asks for less than nothing');
  return { ...accountOf(fields), need, want };
}

function accountOf(fields: Fields): Pick<GrantLine, 'account' | 'cap' | 'lengthMs' | 'stepMs'> {
  const lengthMs = finiteFrom(fields['lengthMs'], 'lengthMs');
  const stepMs = finiteFrom(fields['stepMs'], 'stepMs');
  if (lengthMs < 0 || stepMs < 0) throw new RangeError('a window has no negative length');
  return { account: textOf(fields, 'account'), cap: amountOf(fields, 'cap'), lengthMs, stepMs };
}

function levelOf(value: unknown): AccountLevel {
  const fields = objectOf(value, 'level');
  return {
    account: textOf(fields, 'account'),
    spent: amountOf(fields, 'spent'),
    held: amountOf(fields, 'held'),
  };
}

function objectOf(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RangeError(`${name} is no object`);
  return value as Fields;
}

function listOf<Item>(fields: Fields, name: string, most: number, read: (value: unknown) => Item): Item[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw new RangeError(`${name} is no list`);
  if (value.length > most) throw new RangeError(`${name} has more than ${most} entries`);
  return value.map(read);
}

function amountOf(fields: Fields, name: string): Amount {
  return amountFrom(fields[name], name);
}

function amountFrom(value: unknown, name: string | number = 'amount'): Amount {
  if (typeof value !== 'string' || !AMOUNT.test(value))
    throw new RangeError(`${typeof name === 'string' ? name : 'amount'} is no amount`);
  return BigInt(value);
}

function textOf(fields: Fields, name: string): string {
  return textFrom(fields[name], name);
}

function textFrom(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '' || value.length > MOST_TEXT)
    throw new RangeError(`${name} is no text of 1 to ${MOST_TEXT} characters`);
  return value;
}

function countOf(fields: Fields, name: string): number {
  const value = fields[name];
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new RangeError(`${name} is no count`);
  return value as number;
}

function finiteFrom(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new RangeError(`${name} is no number`);
  return value;
}
