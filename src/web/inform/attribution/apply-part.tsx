import { useEffect, useRef } from 'react';

import type { AppliedAnswer, PreviewAnswer } from '../../../api/contract/attribution.ts';
import { columnDecimals, countText, moneyCell, moneyText } from '../../../units/figures.ts';
import { monthText } from '../../parts/instants.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { ownerText } from './signs.ts';

interface ApplyPartProps {
  readonly preview: PreviewAnswer;
  readonly label: string;
  readonly pending: boolean;
  readonly onApply: () => void;
  readonly onBack: () => void;
}

/** Says exactly what will be posted, before it is. */
export function ApplyPart({ preview, label, pending, onApply, onBack }: ApplyPartProps) {
  const { moved, rules, total } = preview;
  const moves = rules.flatMap((rule) => rule.moves.map((move) => ({ ...move, rule: rule.name })));
  const decimals = columnDecimals(moves.map(({ amount }) => amount.cost));
  const press = useRef<HTMLButtonElement>(null);
  useEffect(() => press.current?.focus(), []);
  return (
    <section className="part" aria-label="What will be posted">
      <p>
        Correction lines that take <b>{moneyText(moved.amount.cost)}</b> of{' '}
        <b>{countText(moved.amount.calls)}</b> calls from where it is booked, and book it anew. The lines of
        the calls stay as they are, the total stays <b>{moneyText(total.cost)}</b>, and what belongs to a
        locked month is booked in the open one, marked with its month.
      </p>
      <div className="scroll" role="region" tabIndex={0} aria-label="Moves">
        <table className="receipt">
          <caption className="sr">Moves that will be posted</caption>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col" className="num">
                Calls
              </th>
              <th scope="col" className="num">
                Cost, $
              </th>
            </tr>
          </thead>
          <tbody>
            {moves.map(({ from, to, amount, rule }) => (
              <tr key={`${rule} ${ownerText(from)} ${ownerText(to)}`}>
                <td>{ownerText(from)}</td>
                <td>{ownerText(to)}</td>
                <td className="num">{countText(amount.calls)}</td>
                <td className="num" title={`$${amount.cost}`}>
                  {moneyCell(amount.cost, decimals)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="acts end">
        <button type="button" className="btn plain" onClick={onBack}>
          Back
        </button>
        <button type="button" className="btn primary" ref={press} disabled={pending} onClick={onApply}>
          {label} {moneyText(moved.amount.cost)} of corrections
        </button>
      </div>
    </section>
  );
}

/** What was posted, with the way to its lines. */
export function Applied({
  answer,
  onClose,
}: {
  readonly answer: AppliedAnswer;
  readonly onClose: () => void;
}) {
  const decimals = columnDecimals(answer.moves.map(({ amount }) => amount.cost));
  const done = useRef<HTMLButtonElement>(null);
  useEffect(() => done.current?.focus(), []);
  return (
    <section className="part">
      <p role="status">
        {answer.moves.length === 0 ? (
          'Nothing was left to move: no line was posted.'
        ) : (
          <>
            <b>{moneyText(answer.moved.cost)}</b> of <b>{countText(answer.moved.calls)}</b> calls moved.
          </>
        )}
        {answer.resumed > 0 && ` ${countText(answer.resumed)} moves had been begun before and were ended.`}
      </p>
      {answer.moves.length > 0 && (
        <div className="scroll" role="region" tabIndex={0} aria-label="What was posted">
          <table className="receipt">
            <caption className="sr">What was posted</caption>
            <thead>
              <tr>
                <th scope="col">Month</th>
                <th scope="col">Moved to</th>
                <th scope="col" className="num">
                  Lines
                </th>
                <th scope="col" className="num">
                  Cost, $
                </th>
              </tr>
            </thead>
            <tbody>
              {answer.moves.map(({ id, month, bookedIn, set, lines, amount }) => (
                <tr key={id}>
                  <td>
                    {monthText(month)}
                    {bookedIn !== null && <span className="quiet"> · booked in {monthText(bookedIn)}</span>}
                  </td>
                  <td>{ownerText(set)}</td>
                  <td className="num">{countText(lines)}</td>
                  <td className="num" title={`$${amount.cost}`}>
                    <a
                      className="proof"
                      {...ledgerLink({
                        during: bookedIn ?? month,
                        by: 'cause,workflow',
                        only: ['source=rule', ...(set.workflow ? [`workflow=${set.workflow}`] : [])],
                      })}
                    >
                      {moneyCell(amount.cost, decimals)}
                    </a>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div className="acts end">
        <button type="button" className="btn primary" ref={done} onClick={onClose}>
          Done
        </button>
      </div>
    </section>
  );
}
