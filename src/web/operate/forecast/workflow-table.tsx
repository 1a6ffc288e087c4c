/** Workflows of the scope; their months sum to the months. A row opens the forecast of that workflow alone. */
import type { ForecastAnswer } from '../../../api/contract/forecast.ts';
import { columnDecimals, countText, moneyCell, shareText } from '../../../units/figures.ts';
import { StateChip } from '../../parts/chips.tsx';
import { onLink } from '../../parts/path.ts';
import { scopeSearch } from './scope.ts';
import { METHOD_LABELS, monthName, skillText } from './words.ts';

export function WorkflowTable({ answer }: { readonly answer: ForecastAnswer }) {
  const { groups, months } = answer;
  if (groups.length < 2) return null;
  const decimals = columnDecimals(groups.flatMap((one) => one.months.map(({ total }) => total)));
  return (
    <section className="card">
      <header>
        <h2>Workflows</h2>
        <p>expected, USD; they sum to the months above</p>
      </header>
      <div className="scroll" role="region" tabIndex={0} aria-label="Workflows">
        <table>
          <caption className="sr">Forecast by workflow</caption>
          <thead>
            <tr>
              <th scope="col">Workflow</th>
              <th scope="col" className="team">
                Team
              </th>
              {months.map(({ month }) => (
                <th key={month} scope="col" className="num">
                  {monthName(month)}
                </th>
              ))}
              <th scope="col" className="num">
                {Math.round(answer.level * 100)}% interval, {monthName(months.at(-1)?.month ?? '')}
              </th>
              <th scope="col" className="num">
                Error (WAPE)
              </th>
              <th scope="col">Skill</th>
              <th scope="col" className="num">
                Days read
              </th>
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <GroupRow key={group.workflow} group={group} decimals={decimals} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function GroupRow({
  group,
  decimals,
}: {
  readonly group: ForecastAnswer['groups'][number];
  readonly decimals: number;
}) {
  const { workflow, team, months, skill, method, wape, coverage, historyDays } = group;
  const last = months.at(-1);
  const search = scopeSearch({ workflow });
  const ofTeam = scopeSearch({ team });
  return (
    <tr className="loose">
      <td>
        <a className="proof name" href={`/forecast${search}`} onClick={onLink('forecast', search)}>
          {workflow === '' ? <StateChip state="unattributed" /> : <span className="cut">{workflow}</span>}
        </a>
      </td>
      <td className="team">
        {team === '' ? (
          <span className="quiet">–</span>
        ) : (
          <a className="proof" href={`/forecast${ofTeam}`} onClick={onLink('forecast', ofTeam)}>
            {team}
          </a>
        )}
      </td>
      {months.map(({ month, total }) => (
        <td key={month} className="num" title={`$${total}`}>
          {moneyCell(total, decimals)}
        </td>
      ))}
      <td className="num soft">
        {last === undefined ? '–' : `[${moneyCell(last.low, decimals)}, ${moneyCell(last.high, decimals)}]`}
      </td>
      <td className="num" title={coverage === null ? undefined : `Coverage ${shareText(coverage)}`}>
        {shareText(wape, 1)}
      </td>
      <td className={skill === 'none' ? 'warn' : ''}>
        {METHOD_LABELS[method]}
        <small>{skillText(skill)}</small>
      </td>
      <td className="num">{countText(historyDays)}</td>
    </tr>
  );
}
