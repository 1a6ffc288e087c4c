import { useQuery } from '@tanstack/react-query';

import type { BudgetDetail, PastWindow, StandingBudget } from '../../../api/contract/budgets.ts';
import { countText } from '../../../units/figures.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Heads } from '../../parts/heads.tsx';
import { dateText } from '../../parts/instants.ts';
import { asking } from '../../parts/server.ts';
import { Trouble } from '../trouble.tsx';
import { actionText } from '../../../rulebook/budget-rules.ts';
import { amountText, amountTitle, dayIn, UNKNOWN, windowText } from './budget-words.ts';

interface HistoryProps {
  readonly budget: StandingBudget;
  /** As it stood then; undefined: as it stands. */
  readonly instant: string | undefined;
  readonly onClose: () => void;
}

/** What a budget promises, who set it and why, and how its windows before ended. */
export function BudgetHistory({ budget, instant, onClose }: HistoryProps) {
  const detail = useQuery({
    queryKey: ['budgets', 'show', budget.id, instant],
    queryFn: ({ signal }) => asking(signal).budgets.show(budget.id, instant),
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
      {detail.data !== undefined && instant !== undefined && <AsOf detail={detail.data} at={instant} />}
      {detail.data !== undefined && <Versions detail={detail.data} />}
      {detail.data !== undefined && detail.data.past.length > 0 && (
        <Windows label="Windows before" budget={detail.data.budget} rows={detail.data.past} />
      )}
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

interface WindowsProps {
  readonly label: string;
  readonly budget: StandingBudget;
  readonly rows: ReadonlyArray<Pick<PastWindow, 'value' | 'window' | 'crossed'> & Unsure>;
}

/** What nobody can tell is null. */
interface Unsure {
  readonly spent: string | null;
  readonly percent: number | null;
}

/** Windows with what was spent of each, against the budget as it is now. */
function Windows({ label, budget, rows }: WindowsProps) {
  return (
    <div className="part scroll" role="region" tabIndex={0} aria-label={label}>
      <table>
        <caption className="sr">{label}, against the budget as it is now</caption>
        <Heads texts={[label, 'Used up']} figures={['Spent', 'Of the cap']} />
        <tbody>
          {rows.map((one) => (
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
              <td className="num">{one.percent === null ? UNKNOWN : `${Math.floor(one.percent)}%`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What was in force then, and how far its windows had come. */
function AsOf({ detail: { history, budget }, at }: { readonly detail: BudgetDetail; readonly at: string }) {
  const then = history.find(({ decidedAt }) => decidedAt === null || decidedAt <= at);
  const stood =
    then === undefined || then.state === 'ended'
      ? 'no version was in force'
      : `${then.version === null ? 'the settings gave' : `version ${countText(then.version)} gave`} ${amountText(then.amount, then.unit)} ${windowText(then.window)}`;
  const rows = budget.accounts
    .filter(({ simulated }) => !simulated)
    .map(({ spentPercent, burn, ...one }) => ({ ...one, percent: spentPercent, crossed: burn.crossed }));
  return (
    <>
      <p className="part">
        At the start of {dateText(at)} {stood}.
      </p>
      <Windows label="Windows then" {...{ budget, rows }} />
    </>
  );
}
