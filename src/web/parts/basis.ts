/** What the figures on the page rest on, as the server said last: for the bar, for links and for what is printed or exported. */
import { openStore } from './store.ts';

/** The part of every answer of the API that says what its figures rest on. */
export interface Basis {
  readonly timeZone: string;
  /** Left out where nothing says how fresh it is. */
  readonly asOf?: string;
  readonly during?: { readonly text: string; readonly from: string; readonly to: string };
  readonly completeUntil?: string;
  /** Left out where an answer has no prices in it; empty where none was used. */
  readonly priceBookVersion?: string;
  readonly priceVersions?: readonly string[];
}

const latest = openStore<Basis | undefined>(undefined);

/** Answers are new objects at each render; only one that says something else is told. */
export function tellBasis(basis: Basis | undefined): void {
  const told = basis === undefined ? undefined : onlyBasis(basis);
  if (JSON.stringify(told) !== JSON.stringify(latest.get())) latest.set(told);
}

function onlyBasis({ timeZone, asOf, during, completeUntil, priceBookVersion, priceVersions }: Basis): Basis {
  return {
    timeZone,
    ...(asOf !== undefined && { asOf }),
    ...(during !== undefined && { during: { text: during.text, from: during.from, to: during.to } }),
    ...(completeUntil !== undefined && { completeUntil }),
    ...(priceBookVersion !== undefined && { priceBookVersion }),
    ...(priceVersions !== undefined && { priceVersions }),
  };
}

export const basisNow = latest.get;

/** `Europe/Zurich · Price book 2026-10-01.3 · as of …`, in one order everywhere. */
export function priceBookText({ priceBookVersion, priceVersions = [] }: Basis): string | undefined {
  if (priceBookVersion === undefined) return undefined;
  if (priceBookVersion === '') return 'No price used';
  const others = priceVersions.length - 1;
  return `Price book ${priceBookVersion}${others > 0 ? ` and ${others} older` : ''}`;
}
