import type { ReactNode } from 'react';

import { priceBookText } from './basis.ts';
import type { Basis } from './basis.ts';
import { shortInstant } from './instants.ts';

interface FactsProps {
  readonly basis: Basis;
  /** The last question was not answered: what is shown is older. */
  readonly away: boolean;
  /** The zone's place, where it can be chosen. */
  readonly zone?: ReactNode;
  /** The months that are shown were closed: corrections found since are booked later. */
  readonly closed?: boolean;
}

/** What a total rests on: zone, prices and freshness, wherever it is shown. */
export function Facts({ basis, away, zone, closed = false }: FactsProps) {
  const book = priceBookText(basis);
  const complete = basis.completeUntil === undefined ? undefined : `Complete until ${basis.completeUntil}`;
  return (
    <p className="facts">
      {closed && (
        <span
          className="chip"
          title="What is found to be wrong now is booked in the month in which it is found"
        >
          closed
        </span>
      )}
      {zone ?? <span>{basis.timeZone}</span>}
      {book !== undefined && <span title={basis.priceVersions?.join(', ')}>{book}</span>}
      {basis.asOf !== undefined && (
        <span className={away ? 'stale' : 'live'} title={complete}>
          as of {shortInstant(basis.asOf, basis.timeZone)}
        </span>
      )}
    </p>
  );
}
