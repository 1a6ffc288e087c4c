/** Sums over the providers of a reconciliation, exact in picodollars, and the words for causes and states. */
import type { Reconciliation } from '../../../api/contract/invoices.ts';
import { formatDollars, parseDollars } from '../../../units/money.ts';

type Provider = Reconciliation['providers'][number];

const CAUSES: Readonly<Record<string, string>> = {
  'off-gateway': 'Off the gateway',
  'unbilled-aborts': 'Aborts not billed',
  'billed-failures': 'Failures billed',
  'price-drift': 'Price drift',
  'context-tier': 'Context tier',
  'cache-ttl': 'Cache lifetime',
  'geo-uplift': 'Region uplift',
  'missing-price': 'Missing price',
  'day-shift': 'Day shift',
  'late-data': 'Late data',
};

/** `Off the gateway`, `Rounding`. */
export function causeText(cause: string): string {
  return CAUSES[cause] ?? cause.charAt(0).toUpperCase() + cause.slice(1);
}

export function sumMoney(amounts: readonly string[]): string {
  return formatDollars(amounts.reduce((sum, amount) => sum + parseDollars(amount), 0n));
}

export function isNothing(amount: string): boolean {
  return parseDollars(amount) === 0n;
}

interface Totals {
  readonly ledger: string;
  readonly invoice: string;
  /** Named causes first, what is unexplained last; together the difference of the two, exactly. */
  readonly causes: ReadonlyArray<{ readonly cause: string; readonly amount: string }>;
  readonly named: string;
  readonly unexplained: string;
  readonly providers: readonly Provider[];
}

/** Only providers whose statement says what it costs can be compared in money. */
export function totalsOf({ providers }: Reconciliation): Totals {
  const stated = providers.filter(({ invoice }) => invoice !== null);
  const byCause = new Map<string, string>();
  for (const { cause, amount } of stated.flatMap(({ causes }) => causes))
    byCause.set(cause, sumMoney([byCause.get(cause) ?? '0', amount]));
  const unexplained = byCause.get('unexplained') ?? '0';
  byCause.delete('unexplained');
  const causes = [...byCause]
    .map(([cause, amount]) => ({ cause, amount }))
    .filter((one) => !isNothing(one.amount));
  return {
    ledger: sumMoney(stated.map(({ ledger }) => ledger)),
    invoice: sumMoney(stated.map(({ invoice }) => invoice ?? '0')),
    causes: isNothing(unexplained) ? causes : [...causes, { cause: 'unexplained', amount: unexplained }],
    named: sumMoney(causes.map(({ amount }) => amount)),
    unexplained,
    providers: stated,
  };
}
