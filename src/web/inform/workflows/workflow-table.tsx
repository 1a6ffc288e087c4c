/** The strips' legend and accessible form: each workflow with the factors of its cost. A row opens its workflow. */
import type { MouseEvent } from 'react';

import type { Figures, LedgerAnswer } from '../../../api/contract.ts';
import {
  columnDecimals,
  countText,
  moneyCell,
  perText,
  pricedPart,
  shareText,
  unitCell,
  unitColumn,
} from '../../../units/figures.ts';
import type { UnitColumn } from '../../../units/figures.ts';
import { Named } from '../../parts/chips.tsx';
import type { Conditions } from '../../parts/conditions.ts';
import { useFilters } from '../../parts/filters.ts';
import { Heads } from '../../parts/heads.tsx';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { ChangeCells } from '../spend/change-cells.tsx';
import { goToWorkflow, workflowLink } from './address.ts';
import { inputShare, tokensPerCall } from './workflow-figures.ts';

interface WorkflowTableProps {
  readonly data: LedgerAnswer;
  readonly teams: ReadonlyMap<string, readonly string[]>;
}

interface Columns {
  readonly decimals: number;
  readonly unit: UnitColumn;
  readonly withChange: boolean;
}

export function WorkflowTable({ data, teams }: WorkflowTableProps) {
  const [{ where }] = useFilters();
  const { rows, other, total, compared } = data;
  const columns: Columns = {
    decimals: columnDecimals([...rows.map(({ figures }) => figures.cost), total.cost]),
    unit: unitColumn([...rows.map(({ figures }) => figures.costPerCall), total.costPerCall]),
    withChange: compared !== undefined,
  };
  const proof = (only: Conditions) => ledgerLink({ during: data.during.text, where, only });
  return (
    <section className="card">
      <header>
        <h2>Workflows</h2>
        <p>largest cost first; a row opens its workflow</p>
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label="Workflows">
        <table className="ends opens">
          <caption className="sr">Workflows and the factors of their cost</caption>
          <Heads texts={['Workflow', 'Team']} figures={headsOf(columns)} />
          <tbody>
            {rows.map(({ group: [name = ''], figures }, at) => (
              <tr key={name} onClick={(event) => openRow(event, name)}>
                <td>
                  <a className="proof cut" {...workflowLink(name)}>
                    <Named name={name} dimension="workflow" />
                  </a>
                </td>
                <td>
                  <Teams names={teams.get(name)} />
                </td>
                <FigureCells figures={figures} before={compared?.rows[at]} {...{ columns }}>
                  <a className="proof strong" {...proof([`workflow=${name}`])}>
                    {costText(figures, columns)}
                  </a>
                </FigureCells>
              </tr>
            ))}
            {other !== null && (
              <tr>
                <td colSpan={2}>Everything else</td>
                <FigureCells figures={other} before={compared?.other} columns={columns}>
                  {costText(other, columns)}
                </FigureCells>
              </tr>
            )}
            <tr className="total">
              <td colSpan={2}>Total</td>
              <FigureCells figures={total} before={compared?.total} columns={columns}>
                <a className="proof" {...proof([])}>
                  {costText(total, columns)}
                </a>
              </FigureCells>
            </tr>
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** A press on a link of the row is the link's. */
function openRow(event: MouseEvent, name: string): void {
  if (event.target instanceof Element && event.target.closest('a') !== null) return;
  goToWorkflow(name);
}

function headsOf({ unit, withChange }: Columns): string[] {
  return [
    'Calls',
    'Tokens a call',
    `$ a ${perText(unit, 'call', 'calls')}`,
    'Input share',
    ...(withChange ? ['Δ $', 'Δ %'] : []),
    'Cost, $',
  ];
}

function costText(figures: Figures, { decimals }: Columns): string {
  const priced = pricedPart(figures.calls ?? 0, figures.unpricedCalls ?? 0);
  return priced === 'none' ? 'unpriced' : moneyCell(figures.cost ?? '0', decimals);
}

interface FigureCellsProps {
  readonly figures: Figures;
  readonly before: Figures | null | undefined;
  readonly columns: Columns;
  /** The cost, with its proof. */
  readonly children: React.ReactNode;
}

function FigureCells({ figures, before, columns, children }: FigureCellsProps) {
  const priced = pricedPart(figures.calls ?? 0, figures.unpricedCalls ?? 0);
  return (
    <>
      <td className="num">{countText(figures.calls ?? 0)}</td>
      <td className="num">{countText(tokensPerCall(figures))}</td>
      <td className="num">{priced === 'none' ? '–' : unitCell(figures.costPerCall, columns.unit)}</td>
      <td className="num">{shareText(inputShare(figures))}</td>
      {columns.withChange && (
        <ChangeCells now={figures.cost} before={before?.cost} decimals={columns.decimals} />
      )}
      <td className={`num ${priced === 'none' ? 'warn' : ''}`} title={`$${figures.cost ?? '0'}`}>
        {priced === 'some' && <span className="chip warn">{countText(figures.unpricedCalls)} unpriced</span>}{' '}
        {children}
      </td>
    </>
  );
}

function Teams({ names }: { readonly names: readonly string[] | undefined }) {
  const [first, ...others] = names ?? [];
  if (first === undefined) return <>–</>;
  return (
    <span title={names?.map((name) => name || 'none named').join(', ')}>
      <Named name={first} dimension="team" />
      {others.length > 0 && <span className="quiet"> and {others.length} more</span>}
    </span>
  );
}
