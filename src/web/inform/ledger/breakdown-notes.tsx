/** What must be known to read the table: what is missing from it, and how to repair that. */
import { useQuery } from '@tanstack/react-query';

import type { LedgerAnswer } from '../../../api/contract.ts';
import { countText, moneyText } from '../../../units/figures.ts';
import { formatDollars, parseDollars } from '../../../units/money.ts';
import { askOf } from '../../parts/filters.ts';
import type { FilterState } from '../../parts/filters.ts';
import { Icon } from '../../parts/icon.tsx';
import { onLink } from '../../parts/path.ts';
import { asking } from '../../parts/server.ts';

interface NotesProps {
  readonly data: LedgerAnswer;
  readonly filters: FilterState;
}

export function BreakdownNotes({ data, filters }: NotesProps) {
  return (
    <>
      {data.unpricedCalls > 0 && <Unpriced data={data} filters={filters} />}
      <Agreed data={data} />
      {data.other !== null && (
        <footer>
          The {countText(data.rows.length)} largest are listed; open Everything else for the rest.
        </footer>
      )}
      {data.simulated === 'exclude' && data.simulatedCalls > 0 && (
        <footer>
          {countText(data.simulatedCalls)} simulated {data.simulatedCalls === 1 ? 'call' : 'calls'} in this
          period left out: no money was spent on {data.simulatedCalls === 1 ? 'it' : 'them'}.
        </footer>
      )}
    </>
  );
}

/** What discounts of agreements and commitments made of list prices; absent where every line is at list price. */
function Agreed({ data }: { readonly data: LedgerAnswer }) {
  const { cost, listCost } = data.total;
  if (cost === undefined || listCost === undefined) return null;
  const saved = parseDollars(listCost) - parseDollars(cost);
  if (saved === 0n) return null;
  return (
    <footer>
      <span>
        At list prices it would have been <b title={`$${listCost}`}>{moneyText(listCost)}</b>: agreements{' '}
        {saved > 0n ? 'saved' : 'added'} <b>{moneyText(formatDollars(saved > 0n ? saved : -saved))}</b>.
      </span>
    </footer>
  );
}

const MOST_MODELS = 1_000;
const MODELS_NAMED = 3;

/** Calls that count as calls and not as dollars, which models they are of, and the way to give those a price. */
function Unpriced({ data, filters }: NotesProps) {
  const models = useQuery({
    queryKey: ['ledger', 'unpriced', filters, data.simulated],
    queryFn: ({ signal }) =>
      asking(signal).ledger({
        ...askOf(filters),
        of: ['calls', 'unpricedCalls'],
        by: ['provider', 'model'],
        simulated: data.simulated,
        limit: MOST_MODELS,
      }),
  });
  const names = (models.data?.rows ?? [])
    .filter(({ figures }) => (figures.unpricedCalls ?? 0) > 0)
    .map(({ group }) => group.join(' '));
  const one = data.unpricedCalls === 1;
  const find = names.length === 1 ? `?${new URLSearchParams({ find: names[0] ?? '' }).toString()}` : '';
  return (
    <p className="notice">
      <Icon name="alert" />
      <span>
        <b>
          {countText(data.unpricedCalls)} {one ? 'call' : 'calls'} unpriced
        </b>
        {names.length > 0 && ` (${named(names)})`}
        <b>.</b> {one ? 'It counts as a call' : 'They count as calls'} and not as dollars until a price
        exists.
      </span>
      <a className="btn push" href={`/prices${find}`} onClick={onLink('prices', find)}>
        Add a price
      </a>
    </p>
  );
}

function named(names: readonly string[]): string {
  const more = names.length - MODELS_NAMED;
  return names.slice(0, MODELS_NAMED).join(', ') + (more > 0 ? ` and ${countText(more)} more` : '');
}
