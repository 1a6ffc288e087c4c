/** From an account's name back to the account. */
import type { Account, BudgetBook } from './account.ts';

/**
 * @returns the account of that name, or undefined when no budget of the book has it: the budget is gone, or its window
 * is another one now.
 */
export function findAccount(book: BudgetBook, name: string): Account | undefined {
  const parts = name.split('|');
  const kind = parts.pop();
  const begin = parts.pop();
  const value = decoded(parts.pop());
  const rule = book.rules.find(({ id }) => id === parts.join('|'));
  if (rule === undefined || value === undefined || (kind !== 'real' && kind !== 'simulated'))
    return undefined;
  const atMs = begin === 'rolling' ? 0 : Number(begin);
  if (!Number.isSafeInteger(atMs)) return undefined;
  const account = book.accountFor(rule, value, kind === 'simulated', atMs);
  return account.id === name ? account : undefined;
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
