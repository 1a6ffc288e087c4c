/** The few figures that a forecast is asked for. */
import type { ReactNode } from 'react';

import type { ForecastAnswer, MonthOfForecast } from '../../../api/contract/forecast.ts';
import { moneyText } from '../../../units/figures.ts';
import { formatDollars, parseDollars } from '../../../units/money.ts';
import { compactMoney } from '../../parts/compact.ts';
import { monthText } from '../../parts/instants.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { onLink } from '../../parts/path.ts';
import { scopeName } from './scope.ts';
import type { PageScope } from './scope.ts';
import { intervalText, monthName } from './words.ts';

interface TilesProps {
  readonly answer: ForecastAnswer;
  readonly scope: PageScope;
}

export function Tiles({ answer, scope }: TilesProps) {
  const { months, level } = answer;
  const now = months.find(({ state }) => state === 'under-way') ?? months[0];
  const next = months.find(({ state }) => state === 'ahead');
  return (
    <div className="tiles four">
      {now !== undefined && <MonthTile month={now} level={level} scope={scope} />}
      {next !== undefined && <MonthTile month={next} level={level} scope={scope} />}
      <AgainstTile
        title="Against budget"
        months={months}
        of="budget"
        none={`No budget in money by month stands on ${scopeName(scope).toLowerCase()}`}
        page="budgets"
        set="Set one, and this tile says when it is passed"
      />
      <AgainstTile
        title="Against plan"
        months={months}
        of="plan"
        none="No plan is locked for these months"
        page="forecast/plans"
        set="Propose the forecast or a scenario as the plan"
      />
    </div>
  );
}

function Tile(props: {
  readonly title: string;
  readonly value: ReactNode;
  readonly delta: ReactNode;
  readonly against: ReactNode;
}) {
  const { title, value, delta, against } = props;
  return (
    <article className="tile">
      <h2>{title}</h2>
      <div className="value">{value}</div>
      <p className="delta">{delta}</p>
      <p className="against">{against}</p>
    </article>
  );
}

interface MonthTileProps {
  readonly month: MonthOfForecast;
  readonly level: number;
  readonly scope: PageScope;
}

function MonthTile({ month: { month, state, total, spent, low, high }, level, scope }: MonthTileProps) {
  const { workflow, team } = scope;
  const only = workflow !== undefined ? [`workflow=${workflow}`] : team === undefined ? [] : [`team=${team}`];
  return (
    <Tile
      title={`${monthText(month)}, expected`}
      value={
        <span title={`$${total}`}>
          {compactMoney(Number(total))} <small>estimated</small>
        </span>
      }
      delta={
        <>
          {Math.round(level * 100)}% <b>{intervalText(low, high)}</b>
        </>
      }
      against={
        state === 'ahead' ? (
          'nothing of it is spent yet'
        ) : (
          <>
            <a className="proof" title={`$${spent}`} {...ledgerLink({ during: month, only })}>
              {moneyText(spent)}
            </a>{' '}
            of it is in the ledger
          </>
        )
      }
    />
  );
}

interface AgainstTileProps {
  readonly title: string;
  readonly months: readonly MonthOfForecast[];
  readonly of: 'budget' | 'plan';
  readonly none: string;
  readonly page: string;
  readonly set: string;
}

/** The first month that has one; a month without is not held against zero. */
function AgainstTile({ title, months, of, none, page, set }: AgainstTileProps) {
  const link = { href: `/${page}`, onClick: onLink(page) };
  const first = months.find((one) => one[of] !== null && one.state !== 'ended');
  if (first === undefined)
    return (
      <Tile
        title={title}
        value={
          <a className="proof" {...link}>
            none
          </a>
        }
        delta={none}
        against={set}
      />
    );
  const against = first[of] ?? '0';
  const difference = formatDollars(parseDollars(first.total) - parseDollars(against));
  const isOver = parseDollars(difference) > 0n;
  const decided =
    parseDollars(first.low) > parseDollars(against)
      ? 'bad'
      : parseDollars(first.high) <= parseDollars(against)
        ? 'good'
        : '';
  return (
    <Tile
      title={`${title}, ${monthName(first.month)}`}
      value={
        <a className="proof" title={`$${difference}`} {...link}>
          {Number(difference) > 0 ? '+' : ''}
          {compactMoney(Number(difference))} <small>of {moneyText(against)}</small>
        </a>
      }
      delta={<span className={decided}>{isOver ? 'over it' : 'under it'}, as expected</span>}
      against={
        decided === 'bad'
          ? 'the whole interval lies over it'
          : decided === 'good'
            ? 'the whole interval lies within it'
            : 'the interval reaches both sides: not decided'
      }
    />
  );
}
