/** What a FOCUS file is told beside the ledger: invoices that were imported, and shared cost as it was divided. */
import type { ApiParts } from './parts.ts';
import { attributingOf } from './attributing.ts';
import { recordOf } from '../inform/attribution/attribution.ts';
import type { SplitRecord } from '../inform/attribution/attribution.ts';
import type { AllocatedShare, InvoiceOf } from '../inform/focus/focus.ts';
import { invoicesBy } from '../inform/invoices/invoices.ts';
import type { InvoicedLine } from '../inform/invoices/invoices.ts';
import type { Span } from '../ledger/question.ts';
import { formatDollars, parseDollars, splitByWeights } from '../units/money.ts';

/** Asks for months that have a statement alone. */
export async function invoiceOfIn({ registry }: ApiParts, during: Span): Promise<InvoiceOf> {
  const imports = await registry.invoices.imports();
  const months = new Set(imports.flatMap(({ firstDay, lastDay }) => monthsOf(firstDay, lastDay)));
  const [first, last] = [monthOf(during.fromMs), monthOf(during.toMs - 1)];
  const lines: InvoicedLine[] = [];
  for (const month of [...months].filter((one) => first <= one && one <= last))
    for (const { body, provider, invoice } of await registry.invoices.lines({ month })) {
      const said = JSON.parse(body) as { readonly account: string | null; readonly invoice: string | null };
      lines.push({ provider, month, account: said.account, invoice: said.invoice ?? invoice });
    }
  return invoicesBy(lines);
}

function monthsOf(firstDay: string, lastDay: string): string[] {
  const months: string[] = [];
  const [year = 0, month = 1] = firstDay.split('-').map(Number);
  for (let at = 0; ; at += 1) {
    const name = monthOf(Date.UTC(year, month - 1 + at, 1));
    if (name > lastDay.slice(0, 7)) return months;
    months.push(name);
  }
}

function monthOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7);
}

/** All that stands; a part that was booked later is found too. */
export async function allocatedShares(parts: ApiParts): Promise<AllocatedShare[]> {
  const postings = await parts.registry.attribution.postings('split');
  const months = [...new Set(postings.map(({ month }) => month))];
  const standing = await Promise.all(months.map((month) => attributingOf(parts).allocations(month)));
  const records = Map.groupBy(standing.flat().map(recordOf), ({ split, month }) => `split:${split}:${month}`);
  return [...records].flatMap(([correction, same]) => sharesOf(correction, same));
}

const WHOLE = 1_000_000_000_000n;

/** A month that was divided in several steps has the ratios of their sum. */
function sharesOf(correction: string, records: readonly SplitRecord[]): AllocatedShare[] {
  const [record] = records;
  if (record === undefined) return [];
  const alike = Map.groupBy(
    records.flatMap(({ shares }) => shares),
    ({ target }) => JSON.stringify([target.workflow, target.team, target.customer]),
  );
  const own = [...alike.values()].flatMap((shares) => {
    const [share] = shares;
    const amount = shares.reduce((sum, one) => sum + parseDollars(one.amount), 0n);
    return share === undefined ? [] : [{ share, amount: amount < 0n ? -amount : amount }];
  });
  const ratios =
    records.length === 1
      ? own.map(({ share }) => share.ratio)
      : splitByWeights(
          WHOLE,
          own.map(({ amount }) => amount),
        ).map(formatDollars);
  const unit = UNITS[record.method];
  return own.map(({ share: { target, weight } }, at) => ({
    correction,
    ...target,
    methodId: `${record.split}/${record.method}`,
    ratio: ratios[at] ?? '0',
    ...(unit !== undefined &&
      records.length === 1 && {
        usage: { unit, quantity: unit === 'USD' ? formatDollars(BigInt(weight)) : weight },
      }),
  }));
}

/** What was used, by the method's words. */
const UNITS: Readonly<Record<string, string>> = {
  'usage by cost': 'USD',
  'usage by tokens': 'Tokens',
  'usage by calls': 'Calls',
};
