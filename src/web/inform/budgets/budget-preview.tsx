import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import type { BudgetPreview, NewBudget } from '../../../api/contract/budgets.ts';
import { asking } from '../../parts/server.ts';
import { Trouble } from '../trouble.tsx';
import { amountText, dayIn, paceText, usedUpText } from './budget-words.ts';

const SETTLED_MS = 350;
const MOST_SHOWN = 5;

/** What a budget would count, asked once typing has settled. */
export function useBudgetPreview(budget: NewBudget | undefined): UseQueryResult<BudgetPreview> {
  const text = budget === undefined ? '' : JSON.stringify({ ...budget, reason: undefined });
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return useQuery({
    queryKey: ['budgets', 'preview', settled],
    queryFn: ({ signal }) => asking(signal).budgets.preview(JSON.parse(settled) as NewBudget),
    enabled: settled !== '' && text !== '',
    placeholderData: keepPreviousData,
  });
}

interface PreviewProps {
  readonly problem: string;
  readonly budget: NewBudget;
  readonly preview: UseQueryResult<BudgetPreview>;
}

/** Before it is decided: what is wrong with it, or whose spend it counts and when that would use it up. */
export function Preview({ problem, budget, preview }: PreviewProps) {
  if (problem !== '') return <p className="quiet">{problem} Then this shows what it would count.</p>;
  if (preview.error !== null) return <Trouble error={preview.error} doing />;
  const { data } = preview;
  if (data === undefined) return <p className="quiet">Counting…</p>;
  if (data.problems.length > 0)
    return (
      <ul className="claims bad" role="alert">
        {data.problems.map(({ path, message }) => (
          <li key={`${path} ${message}`}>
            {path}: {message}
          </li>
        ))}
      </ul>
    );
  const accounts = data.standing?.accounts ?? [];
  const unit = budget.unit ?? 'money';
  return (
    <div className={preview.isPlaceholderData ? 'pending' : ''} aria-live="polite">
      <dl className="effect">
        {accounts.slice(0, MOST_SHOWN).map((account) => (
          <div key={`${account.value} ${account.simulated}`}>
            <dt>{account.value === '' ? 'Every call' : account.value}</dt>
            <dd>
              {account.spent === null ? 'unknown' : amountText(account.spent, unit)}
              <small>
                spent in {account.window.text} of {amountText(account.cap, unit)}
                {account.percent !== null && `, ${Math.floor(account.percent)}%`}
              </small>
              <small>
                {account.burn.breachAt === null
                  ? `used up: ${usedUpText(account, budget.window)}`
                  : `used up on ${dayIn(account.burn.breachAt, budget.window)} at the pace of the ${paceText(account.burn.pace)}`}
              </small>
            </dd>
          </div>
        ))}
      </dl>
      {accounts.length === 0 && (
        <p className="quiet">Nothing that it would count was spent in this window yet.</p>
      )}
      {accounts.length > MOST_SHOWN && (
        <p className="small quiet">and {accounts.length - MOST_SHOWN} more accounts of this size</p>
      )}
      <p className="small quiet">{data.standing?.bound}</p>
    </div>
  );
}
