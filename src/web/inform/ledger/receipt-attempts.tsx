import type { LedgerLine } from '../../../api/contract.ts';
import { durationText, moneyCell } from '../../../units/figures.ts';
import { parseDollars } from '../../../units/money.ts';
import { StateChip } from '../../parts/chips.tsx';
import { statesOf } from './line-states.ts';

const ATTEMPT_DECIMALS = 6;

/** Each dispatch to a provider, also those that cost nothing. */
export function Attempts({ lines }: { readonly lines: readonly LedgerLine[] }) {
  const attempts = lines.filter((line) => line.part === 'call');
  return (
    <section>
      <h2>
        Attempts <em>one dispatch each</em>
      </h2>
      <div className="scroll" role="region" tabIndex={0} aria-label="Attempts">
        <table className="receipt">
          <caption className="sr">Attempts of the call</caption>
          <thead className="sr">
            <tr>
              <th scope="col">Number</th>
              <th scope="col">Attempt</th>
              <th scope="col">State</th>
              <th scope="col">Duration</th>
              <th scope="col">Cost, $</th>
            </tr>
          </thead>
          <tbody>
            {attempts.map((line) => (
              <tr key={line.id}>
                <td className="quiet">{line.attemptNumber}</td>
                <td>
                  {line.kind}{' '}
                  <span className="quiet">
                    {line.provider}
                    {line.stream ? ', stream' : ''}
                  </span>
                </td>
                <td>
                  {line.httpStatus > 0 && (
                    <span className={`chip ${line.httpStatus < 400 ? 'good' : 'bad'}`}>
                      {line.httpStatus}
                    </span>
                  )}
                  {statesOf(line)
                    .filter((state) => state !== 'simulated')
                    .map((state) => (
                      <StateChip key={state} state={state} />
                    ))}
                </td>
                <td className="num">{durationText(line.durationMs)}</td>
                <td className="num">{costOf(line)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function costOf(line: LedgerLine): string {
  if (line.cost === null) return 'unpriced';
  return parseDollars(line.cost) === 0n ? 'not billed' : moneyCell(line.cost, ATTEMPT_DECIMALS);
}
