/** The books of an authority in this process. */
import type { BudgetAuthority } from './authority.ts';
import type { AuthorityBooks } from './protocol.ts';

export function booksOf(authority: BudgetAuthority, nowMs: () => number): AuthorityBooks {
  return {
    wanted: async () => authority.wanted.length > 0,
    look: async () => ({ accounts: authority.booked(), holders: authority.holders() }),
    async expect(accounts) {
      for (const account of accounts) authority.expect(account);
    },
    rebase: async (rebases) => rebases.filter((one) => authority.rebase(one)).length,
    async forget(holder) {
      authority.forget(holder);
    },
    async close(accounts, ended) {
      for (const account of accounts) authority.close(account, ended);
    },
    views: async () => authority.view(nowMs()),
  };
}
