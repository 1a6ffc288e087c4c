/** Which invoice a charge stands on, as far as statements that were imported tell. Pure. */
import { providerName } from './names.ts';

export interface InvoicedLine {
  readonly provider: string;
  /** The billing month, `2026-10`. */
  readonly month: string;
  /** Null: the statement does not tell accounts apart. */
  readonly account: string | null;
  readonly invoice: string;
}

/**
 * @returns the invoice of a provider's account in a month; null where no statement names one, or several do: a charge is
 * on one invoice, and a guess would be a wrong reference
 */
export function invoicesBy(
  lines: readonly InvoicedLine[],
): (charge: {
  readonly provider: string;
  readonly account: string;
  readonly month: string;
}) => string | null {
  const known = new Map<string, Set<string>>();
  const keyOf = (provider: string, month: string, account: string | null): string =>
    JSON.stringify([providerName(provider), month, account]);
  for (const { provider, month, account, invoice } of lines) {
    if (invoice === '') continue;
    const key = keyOf(provider, month, account);
    known.set(key, (known.get(key) ?? new Set()).add(invoice));
  }
  return ({ provider, month, account }) => {
    const named = known.get(keyOf(provider, month, account)) ?? known.get(keyOf(provider, month, null));
    const [only, ...others] = named ?? [];
    return only === undefined || others.length > 0 ? null : only;
  };
}
