import { useQuery } from '@tanstack/react-query';

import type { BudgetDetail, StandingBudget } from '../../../api/contract/budgets.ts';
import { countText } from '../../../units/figures.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Heads } from '../../parts/heads.tsx';
import { dateText } from '../../parts/instants.ts';
import { asking } from '../../parts/server.ts';
import { Trouble } from '../trouble.tsx';
import { actionText } from '../../../rulebook/budget-rules.ts';
import { amountText, amountTitle, dayIn, windowText } from './budget-words.ts';

interface HistoryProps {
  readonly budget: StandingBudget;
  readonly onClose: () => void;
}

/** What a budget promises, who set it and why, and how its windows before ended. */
export function BudgetHistory({ budget, onClose }: HistoryProps) {
  const detail = useQuery({
    queryKey: ['budgets', 'show', budget.id],
    queryFn: ({ signal }) => asking(signal).budgets.show(budget.id),
  });
  return (
    <Dialog title={budget.name} note={`${budget.mode}, ${windowText(budget.window)}`} onClose={onClose}>
      <div className="part">
        <p>{budget.bound}</p>
        {budget.thresholds.length > 0 && (
          <ul className="claims">
            {budget.thresholds.map((one) => (
              <li key={`${one.percent} ${one.action.kind}`}>
                from {one.percent}%: {actionText(one.action)}
              </li>
            ))}
          </ul>
        )}
      </div>
      {detail.error !== null && (
        <div className="part">
          <Trouble error={detail.error} />
        </div>
      )}
      {detail.data !== undefined && <Versions detail={detail.data} />}
      {detail.data !== undefined && detail.data.past.length > 0 && <Past detail={detail.data} />}
      <div className="part">
        <div className="acts end">
          <button type="button" className="btn primary" onClick={onClose}>
            Done
          </button>
        </div>
      </div>
    </Dialog>
  );
}

function Versions({ detail }: { readonly detail: BudgetDetail }) {
  return (
    <div className="part scroll" role="region" tabIndex={0} aria-label="Versions">
      <table>
        <caption className="sr">Versions, newest first</caption>
        <Heads texts={['Version', 'Decided']} figures={['Amount']} />
        <tbody>
          {detail.history.map((one) => (
            <tr key={one.version ?? 'settings'} className="loose">
              <td>
                {one.version === null ? 'by file' : countText(one.version)}
                <small>{one.state.replace('-', ' ')}</small>
              </td>
              <td className="wrap soft">
                {one.reason === '' ? 'no reason given' : one.reason}
                <small>
                  {one.author}
                  {one.decidedAt !== null && `, ${dateText(one.decidedAt)}`}
                </small>
              </td>
              <td className="num" title={amountTitle(one.amount, one.unit)}>
                {amountText(one.amount, one.unit)}
                <small>
                  {one.mode}, {windowText(one.window)}
                </small>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Past({ detail: { past, budget } }: { readonly detail: BudgetDetail }) {
  return (
    <div className="part scroll" role="region" tabIndex={0} aria-label="Windows before">
      <table>
        <caption className="sr">Windows before, against the budget as it is now</caption>
        <Heads texts={['Window before', 'Used up']} figures={['Spent', 'Of the cap']} />
        <tbody>
          {past.map((one) => (
            <tr key={`${one.window.from} ${one.value}`}>
              <td>
                {one.window.text}
                {budget.scope.value === '*' && <small>{one.value}</small>}
              </td>
              <td className={one.crossed === null ? 'quiet' : 'bad'}>
                {one.crossed === null ? 'was not' : `on ${dayIn(one.crossed.from, budget.window)}`}
              </td>
              <td className="num" title={amountTitle(one.spent, budget.unit)}>
                {amountText(one.spent, budget.unit)}
              </td>
              <td className="num">{Math.floor(one.percent)}%</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
