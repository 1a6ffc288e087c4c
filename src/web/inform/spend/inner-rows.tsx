/** One value broken down once more, inside the table; its shares are of the whole. */
import { useQuery } from '@tanstack/react-query';

import type { LedgerAnswer } from '../../../api/contract.ts';
import { countText, moneyCell } from '../../../units/figures.ts';
import { Named } from '../../parts/chips.tsx';
import { askOf, useFilters } from '../../parts/filters.ts';
import { asking } from '../../parts/server.ts';
import { tell } from '../../parts/telling.ts';
import { ChangeCells } from './change-cells.tsx';
import { nextOf } from './dimensions.ts';

const INNER_ROWS = 8;

interface InnerRowsProps {
  readonly data: LedgerAnswer;
  readonly by: string;
  readonly name: string;
  readonly decimals: number;
  readonly onProof: (conditions: readonly string[]) => void;
}

export function InnerRows({ data, by, name, decimals, onProof }: InnerRowsProps) {
  const [filters] = useFilters();
  const second = nextOf(by);
  const conditions = [...filters.where, `${by}=${name}`];
  const ask = {
    ...askOf(filters),
    where: conditions,
    by: [second],
    of: ['calls', 'cost'],
    limit: INNER_ROWS,
    ...(data.compared !== undefined && { compare: filters.compare }),
  };
  const answer = useQuery({
    queryKey: ['spend', 'inner', ask],
    queryFn: ({ signal }) => asking(signal).ledger(ask),
  });
  const columns = data.compared === undefined ? 5 : 7;
  if (answer.data === undefined)
    return (
      <tr className="sub">
        <td colSpan={columns}>{answer.error === null ? '…' : `${tell(answer.error).title}.`}</td>
      </tr>
    );
  const { rows, other, compared } = answer.data;
  return (
    <>
      {rows.map(({ group: [inner = ''], figures }, at) => (
        <tr className="sub" key={inner}>
          <td>
            <span className="cut" title={inner}>
              <Named name={inner} dimension={second} />
            </span>
          </td>
          <td />
          <td className="num">{countText(figures.calls ?? 0)}</td>
          <td />
          {compared !== undefined && (
            <ChangeCells now={figures.cost} before={compared.rows[at]?.cost} decimals={decimals} />
          )}
          <td className="num" title={`$${figures.cost ?? '0'}`}>
            <button
              type="button"
              className="proof"
              onClick={() => onProof([`${by}=${name}`, `${second}=${inner}`])}
            >
              {moneyCell(figures.cost ?? '0', decimals)}
            </button>
          </td>
        </tr>
      ))}
      {other !== null && (
        <tr className="sub">
          <td>Everything else</td>
          <td />
          <td className="num">{countText(other.calls ?? 0)}</td>
          <td />
          {compared !== undefined && (
            <ChangeCells now={other.cost} before={compared.other?.cost} decimals={decimals} />
          )}
          <td className="num">{moneyCell(other.cost ?? '0', decimals)}</td>
        </tr>
      )}
    </>
  );
}
