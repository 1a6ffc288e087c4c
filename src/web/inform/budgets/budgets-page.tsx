/** Budgets: what is set, what is left of it, when it is used up, and who decided that. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import type { BudgetList, StandingBudget } from '../../../api/contract/budgets.ts';
import { useAddress } from '../../parts/address.ts';
import { Content } from '../../parts/content.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Shell } from '../../parts/shell.tsx';
import { filesOf } from '../files.ts';
import { asking } from '../../parts/server.ts';
import { Trouble } from '../trouble.tsx';
import { BudgetDialog, EndDialog } from './budget-dialog.tsx';
import { BudgetHistory } from './budget-history.tsx';
import { BudgetTable } from './budget-table.tsx';
import '../../budgets.css';

const DEFAULTS = { at: '', show: '' } as const;
/** What gateways hold changes as calls run. */
const REFRESH_MS = 10_000;

type Doing = { readonly what: 'set' } | { readonly what: 'change' | 'end'; readonly budget: StandingBudget };

export function BudgetsPage() {
  const [{ at, show }, go] = useAddress(DEFAULTS);
  const [doing, setDoing] = useState<Doing>();
  const instant = at === '' ? undefined : `${at}T00:00:00Z`;
  const list = useQuery({
    queryKey: ['budgets', 'list', at],
    queryFn: ({ signal }) => asking(signal).budgets.list(instant),
    refetchInterval: at === '' ? REFRESH_MS : false,
  });
  const { data, error } = list;
  const close = (): void => setDoing(undefined);
  const shown = data?.budgets.find(({ id }) => id === show);
  useEffect(() => {
    document.title = 'Budgets · Setpoint';
  }, []);
  const setOne = (
    <button type="button" className="btn" onClick={() => setDoing({ what: 'set' })}>
      <Icon name="plus" />
      Set a budget
    </button>
  );
  return (
    <Shell
      title="Budgets"
      acts={setOne}
      links={filesOf('Accounts', 'budgets', instant === undefined ? {} : { at: instant })}
    >
      <FilterBar
        show={[]}
        facts={data && { timeZone: data.timeZone, asOf: data.at }}
        away={error !== null || at !== ''}
        zoned={false}
      >
        <label className="filter">
          <span>As it stood at the start of</span>
          <input type="date" value={at} onChange={(event) => go({ at: event.target.value })} />
        </label>
      </FilterBar>
      <Content isOld={list.isPlaceholderData} isReady={data !== undefined && !list.isPlaceholderData}>
        {error !== null && <Trouble error={error} />}
        {data !== undefined && (
          <>
            <p className="sentence">{data.sentence}</p>
            <Away data={data} />
            {data.budgets.length === 0 ? (
              <NoBudget />
            ) : (
              <BudgetTable
                data={data}
                onOpen={({ id }) => go({ show: id })}
                onChange={(budget) => setDoing({ what: 'change', budget })}
                onEnd={(budget) => setDoing({ what: 'end', budget })}
              />
            )}
          </>
        )}
      </Content>
      {doing?.what === 'set' && <BudgetDialog budget={undefined} onClose={close} />}
      {doing?.what === 'change' && <BudgetDialog budget={doing.budget} onClose={close} />}
      {doing?.what === 'end' && <EndDialog budget={doing.budget} onClose={close} />}
      {shown !== undefined && (
        <BudgetHistory budget={shown} instant={instant} onClose={() => go({ show: '' })} />
      )}
    </Shell>
  );
}

/** Who does not answer, and what is therefore not known: a figure that is missing is never shown as zero. */
function Away({ data: { authority, ledger } }: { readonly data: BudgetList }) {
  if (authority !== 'unreachable' && ledger !== 'away') return null;
  return (
    <p className="notice" role="status">
      <Icon name="alert" />
      <span>
        {authority === 'unreachable' && (
          <>
            <b>The budget authority cannot be asked.</b> What is reserved and left is not known; spend is the
            ledger’s. Gateways go on by what each budget says for this case.{' '}
          </>
        )}
        {ledger === 'away' && (
          <>
            <b>The ledger does not answer.</b> Pace and dates are not known. No call is lost: they wait in the
            journal.
          </>
        )}
      </span>
    </p>
  );
}

function NoBudget() {
  return (
    <section className="card empty">
      <h2>No budget is set yet</h2>
      <p>
        A budget holds the spend of a team, workflow, customer, key, tag or of everybody to an amount in a
        window. A hard one is never passed: a call goes only when the most that it can cost fits.
      </p>
      <pre className="snippet" tabIndex={0} aria-label="A budget from the command line">
        setpoint budget set Support --scope team=CX --amount 500 --per month --warn 80 --reason "agreed"
      </pre>
    </section>
  );
}
