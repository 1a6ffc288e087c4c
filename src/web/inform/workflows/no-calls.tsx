/** No call of this name under these filters: whether there ever was one, and what to do in either case. */
import type { LedgerAnswer } from '../../../api/contract.ts';
import { useFilters } from '../../parts/filters.ts';
import { periodText } from '../../parts/instants.ts';
import { keptSearch, onLink } from '../../parts/path.ts';

interface NoCallsProps {
  readonly name: string;
  readonly data: LedgerAnswer;
  /** It has lines at some other time, or outside of the filters. */
  readonly isKnown: boolean;
}

export function NoCalls({ name, data, isKnown }: NoCallsProps) {
  const [{ where }, setFilters] = useFilters();
  const period = periodText(data.during, data.timeZone);
  const narrowed = where.length > 0 ? ', under these filters' : '';
  if (isKnown)
    return (
      <section className="card empty">
        <h2>
          {name} made no call that costs money, {period}
          {narrowed}
        </h2>
        <p>It has calls at another time, outside of the filters, or of the simulator. No money is missing.</p>
        <button type="button" className="btn" onClick={() => setFilters({ during: 'all', where: [] })}>
          Show all of its calls
        </button>
      </section>
    );
  return (
    <section className="card empty">
      <h2>The ledger knows no workflow named {name}</h2>
      <p>
        No call has ever named it, so nothing was spent under this name. Names are exact, capitals included.
        If calls of it run already, they name another workflow or none: what names none is under Attribution,
        where a rule can name it.
      </p>
      <p>
        To name it from now on, send <span className="mono">x-setpoint-workflow: {name}</span> with its calls,
        or give its key the name.
      </p>
      <p>
        <a className="btn" href={`/workflows${keptSearch()}`} onClick={onLink('workflows')}>
          All workflows
        </a>{' '}
        <a className="btn" href={`/attribution${keptSearch()}`} onClick={onLink('attribution')}>
          What names none
        </a>
      </p>
    </section>
  );
}
