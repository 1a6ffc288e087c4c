import { useQuery } from '@tanstack/react-query';

import type { Figures, LedgerAnswer } from '../../api/contract.ts';
import { Named } from '../parts/chips.tsx';
import type { Conditions } from '../parts/conditions.ts';
import { FigureCells } from './figure-cells.tsx';
import type { Columns } from './figure-cells.tsx';
import { api } from './ledger-api.ts';
import { tell } from './trouble.tsx';

const SUB_ROWS = 8;
const POLL_MS = 2_000;

interface SubRowsProps {
  readonly data: LedgerAnswer;
  readonly second: string;
  /** The row that is broken down. */
  readonly where: Conditions;
  readonly columns: Columns;
  /** The row's share of the whole, so that shares in sub-rows are of the whole as well. */
  readonly share: number | null;
  readonly onShow: (conditions: Conditions) => void;
}

export function SubRows({ data, second, where, columns, share, onShow }: SubRowsProps) {
  const answer = useQuery({
    queryKey: ['ledger', data.during.text, 'sub', second, where, data.simulated],
    queryFn: () =>
      api.ledger({
        of: ['calls', 'averageInputTokens', 'costPerCall', 'share', 'cost', 'unpricedCalls'],
        by: [second],
        during: data.during.text,
        where,
        simulated: data.simulated,
        limit: SUB_ROWS,
      }),
    refetchInterval: POLL_MS,
  });
  const columnCount = columns.withTeam ? 7 : 6;
  if (answer.data === undefined)
    return (
      <tr className="sub">
        <td colSpan={columnCount}>{answer.error === null ? '…' : `${tell(answer.error).title}.`}</td>
      </tr>
    );
  const { rows, other } = answer.data;
  const ofWhole = (figures: Figures): Figures => ({
    ...figures,
    share:
      share === null || figures.share === null || figures.share === undefined ? null : figures.share * share,
  });
  return (
    <>
      {rows.map(({ group: [name = ''], figures }) => (
        <tr className="sub" key={name}>
          <td>
            <span className="cut" title={name}>
              <Named name={name} dimension={second} />
            </span>
          </td>
          {columns.withTeam && <td className="team" />}
          <FigureCells
            figures={ofWhole(figures)}
            columns={columns}
            onShow={() => onShow([...where, `${second}=${name}`])}
          />
        </tr>
      ))}
      {other !== null && (
        <tr className="sub">
          <td>Everything else</td>
          {columns.withTeam && <td className="team" />}
          <FigureCells figures={ofWhole(other)} columns={columns} />
        </tr>
      )}
    </>
  );
}
