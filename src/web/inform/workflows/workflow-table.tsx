/** The strips' legend and accessible form: each workflow with the factors of its cost. A row opens its workflow. */
import type { MouseEvent } from 'react';

import type { LedgerAnswer } from '../../../api/contract.ts';
import { shareText } from '../../../units/figures.ts';
import { Named } from '../../parts/chips.tsx';
import type { Conditions } from '../../parts/conditions.ts';
import { useFilters } from '../../parts/filters.ts';
import { Heads } from '../../parts/heads.tsx';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { goToWorkflow, workflowLink } from './address.ts';
import { columnsOf, costText, FigureCells, headsOf } from './factor-cells.tsx';
import { inputShare } from './workflow-figures.ts';

interface WorkflowTableProps {
  readonly data: LedgerAnswer;
  readonly teams: ReadonlyMap<string, readonly string[]>;
}

export function WorkflowTable({ data, teams }: WorkflowTableProps) {
  const [{ where }] = useFilters();
  const { rows, other, total, compared } = data;
  const columns = columnsOf(data, { head: 'Input share', of: (figures) => shareText(inputShare(figures)) });
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
