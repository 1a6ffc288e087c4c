/** What must be true when everything has gone quiet. Each fault is a sentence with the numbers that disagree. */
import type { Witness } from './calls.ts';
import { amountOf } from './control.ts';
import type { Control } from './control.ts';
import type { Row } from './store.ts';

interface Evidence {
  readonly witness: Witness;
  readonly rows: readonly Row[];
  readonly control: Control;
  readonly nowMs: number;
}

export function judge(evidence: Evidence): string[] {
  return [
    ...faultsOf(evidence),
    ...onceEach(evidence),
    ...asThe(evidence),
    ...withinCaps(evidence),
    ...countersAgree(evidence),
  ];
}

function faultsOf({ witness, control }: Evidence): string[] {
  const broken = witness.faults
    .filter((fault) => !(fault instanceof Error && /recorded|EIO|disk|journal/i.test(fault.message)))
    .map(
      (fault) => `a step failed: ${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}`,
    );
  return [...broken, ...control.overcommitted.map((account) => `a grant passed the cap of ${account}`)];
}

/** Every attempt that was sent has exactly one line, settled or presumed; none has come from nowhere. */
function onceEach({ witness, rows }: Evidence): string[] {
  const lines = new Map<string, number>();
  for (const { attempt } of rows) lines.set(attempt, (lines.get(attempt) ?? 0) + 1);
  const known = new Set(witness.intended);
  const faults: string[] = [];
  for (const attempt of witness.intended) {
    const count = lines.get(attempt) ?? 0;
    if (count === 0) faults.push(`attempt ${attempt} was sent and has no line`);
    if (count > 1) faults.push(`attempt ${attempt} has ${count} lines`);
  }
  for (const attempt of witness.acknowledged)
    if (!lines.has(attempt)) faults.push(`attempt ${attempt} was acknowledged and is lost`);
  for (const attempt of lines.keys())
    if (!known.has(attempt) && !witness.doubtful.has(attempt))
      faults.push(`line of unknown attempt ${attempt}`);
  const places = new Set(rows.map(({ journal, sequence }) => `${journal} ${sequence}`));
  if (places.size !== rows.length)
    faults.push(`${rows.length - places.size} lines share their place in a journal`);
  return faults;
}

/** Where the provider told what it bills, the line says the same. */
function asThe({ witness, rows }: Evidence): string[] {
  const lines = new Map(rows.map((row) => [row.attempt, row]));
  return witness.book.flatMap((billed) => {
    const row = lines.get(billed.attempt);
    if (row === undefined || row.leg !== 'settle' || row.basis !== 'reported' || !billed.told) return [];
    return row.cost === billed.cost && row.tokens === billed.tokens
      ? []
      : [`attempt ${billed.attempt}: the provider bills ${billed.cost}, the line says ${row.cost}`];
  });
}

/** No hard budget is passed: neither by what the ledger says, nor by what the provider bills. */
function withinCaps({ witness, rows, control }: Evidence): string[] {
  const byAttempt = new Map(witness.book.map((billed) => [billed.attempt, billed]));
  const sums = new Map<string, { cap: bigint; ledger: bigint; provider: bigint }>();
  for (const row of rows) {
    for (const account of control.accountsOf(row)) {
      const sum = sums.get(account.id) ?? { cap: account.cap, ledger: 0n, provider: 0n };
      const billed = byAttempt.get(row.attempt);
      sum.ledger += amountOf(row, account.rule);
      sum.provider += amountOf(
        { ...row, cost: billed?.cost ?? 0n, tokens: billed?.tokens ?? 0n },
        account.rule,
      );
      sums.set(account.id, sum);
    }
  }
  return [...sums].flatMap(([account, { cap, ledger, provider }]) => [
    ...(ledger > cap ? [`${account} is overrun: ${ledger} of ${cap} by the ledger`] : []),
    ...(provider > cap ? [`${account} is overrun: ${provider} of ${cap} by the provider's bill`] : []),
  ]);
}

/** Nothing is held any more, and what the authority says was spent is what the ledger says. */
function countersAgree({ rows, control, nowMs }: Evidence): string[] {
  const spent = new Map<string, bigint>();
  for (const row of rows)
    for (const account of control.accountsOf(row))
      spent.set(account.id, (spent.get(account.id) ?? 0n) + amountOf(row, account.rule));
  return (control.authority?.view(nowMs) ?? []).flatMap((view) => {
    const ledger = spent.get(view.account) ?? 0n;
    return [
      ...(view.reserved === 0n ? [] : [`${view.account} still holds ${view.reserved}`]),
      ...(view.spent === ledger
        ? []
        : [`${view.account}: the counter says ${view.spent}, the ledger ${ledger}`]),
    ];
  });
}
