/** Everything that spend is multiplied of, each to be moved. What is typed here becomes a scenario; nothing is sent while it moves. */
import { useMemo } from 'react';

import type { DriverOfForecast, ForecastAnswer } from '../../../api/contract/forecast.ts';
import { problemsOfChanges, project } from '../../../operate/forecast/scenario.ts';
import type { BaseLine, DriverChange } from '../../../operate/forecast/scenario.ts';
import { countText } from '../../../units/figures.ts';
import { changeOf, concerned, endOfChange, moved, RAIL, valueIn, withChange, without } from './draft.ts';
import type { Headline, RailDriver } from './draft.ts';
import { DriverRow } from './driver-row.tsx';
import { LeverRows } from './lever-rows.tsx';
import { MixRows } from './mix-rows.tsx';
import type { Projected } from './outlook.ts';
import { DRIVER_LABELS, DRIVER_UNITS, driverText, hundreds, monthName, rateText } from './words.ts';

interface DriverRailProps {
  readonly answer: ForecastAnswer;
  readonly draft: readonly DriverChange[];
  readonly picked: Projected;
  /** The workflow whose drivers are moved; undefined: all of the scope alike. */
  readonly concern: string | undefined;
  readonly onConcern: (workflow: string | undefined) => void;
  readonly onDraft: (draft: readonly DriverChange[]) => void;
}

export function DriverRail({ answer, draft, picked, concern, onConcern, onDraft }: DriverRailProps) {
  const { base } = answer;
  const lines = useMemo(() => concerned(base, concern), [base, concern]);
  const last = useMemo(() => project(lines).months.at(-1), [lines]);
  const problems = problemsOfChanges(draft, base);
  return (
    <section className="card rail" aria-label="Drivers">
      <header>
        <h2>Drivers</h2>
        <p>by {monthName(last?.month ?? '')}</p>
        <div className="push">
          <button
            type="button"
            className="btn plain"
            disabled={draft.length === 0}
            onClick={() => onDraft([])}
          >
            Reset
          </button>
        </div>
      </header>
      <div className="body">
        {base.length > 1 && <Concern base={base} concern={concern} onConcern={onConcern} />}
        {RAIL.map((driver) => (
          <RailRow
            key={`${driver} ${concern ?? '*'}`}
            {...{ driver, answer, draft, lines, concern, onDraft }}
            headline={last?.headline}
          />
        ))}
        {lines.length === 1 && <MixRows line={lines[0]} {...{ draft, onDraft, concern }} />}
        <LeverRows draft={draft} concern={concern} onDraft={onDraft} />
        {problems.length > 0 && (
          <ul className="notice small" role="alert">
            {problems.map(({ at, message }) => (
              <li key={`${at} ${message}`}>
                {DRIVER_LABELS[draft[at]?.driver ?? ''] ?? ''}: {message}.
              </li>
            ))}
          </ul>
        )}
      </div>
      <footer>
        <Product picked={picked} />
      </footer>
    </section>
  );
}

function Concern({
  base,
  concern,
  onConcern,
}: Pick<DriverRailProps, 'concern' | 'onConcern'> & { readonly base: readonly BaseLine[] }) {
  return (
    <label className="filter concern">
      <span>Move</span>
      <select
        value={concern === undefined ? '*' : `=${concern}`}
        onChange={({ target }) => onConcern(target.value === '*' ? undefined : target.value.slice(1))}
      >
        <option value="*">all workflows alike</option>
        {base.map(({ workflow }) => (
          <option key={workflow} value={`=${workflow}`}>
            {workflow === '' ? 'unattributed' : workflow}
          </option>
        ))}
      </select>
    </label>
  );
}

interface RailRowProps {
  readonly driver: RailDriver;
  readonly answer: ForecastAnswer;
  readonly draft: readonly DriverChange[];
  readonly lines: readonly BaseLine[];
  readonly concern: string | undefined;
  readonly headline: Headline | undefined;
  readonly onDraft: DriverRailProps['onDraft'];
}

function RailRow({ driver, answer, draft, lines, concern, headline, onDraft }: RailRowProps) {
  const from = valueIn(headline, driver);
  const label = DRIVER_LABELS[driver] ?? driver;
  if (from === undefined)
    return (
      <div className="driver">
        <div className="driver-line unknown">
          <b>{label}</b>
          <span className="quiet">unknown</span>
        </div>
        <p className="small quiet">
          Calls carry no request id here, so nobody can tell which belong together.
        </p>
      </div>
    );
  const key = { driver, workflow: concern };
  const change = changeOf(draft, key);
  // The history that the answer has is of all that is shown, not of one workflow of it.
  const known =
    answer.base.length === lines.length ? answer.drivers.find((one) => one.driver === driver) : undefined;
  return (
    <DriverRow
      {...{ label, from, change }}
      unit={DRIVER_UNITS[driver]}
      value={change === undefined ? from : endOfChange(change, from)}
      today={todayOf(known, answer)}
      history={weeksOf(known)}
      text={(value) => driverText(driver, value)}
      most={driver === 'cachedShare' ? 1 : from * 2.5 || 1}
      share={driver === 'cachedShare'}
      onMove={(value) => {
        const end = driver === 'cachedShare' ? Math.min(value, 1) : value;
        onDraft(moved(draft, { key, value: end, from, several: lines.length > 1 }));
      }}
      onReset={() => onDraft(without(draft, key))}
      onDescribe={(next) => onDraft(withChange(draft, next))}
    />
  );
}

/** Calls and actions are known by the day and moved by the month. */
function todayOf(known: DriverOfForecast | undefined, { months }: ForecastAnswer): number | undefined {
  if (known === undefined || known.now === null) return undefined;
  if (known.driver !== 'calls' && known.driver !== 'actions') return known.now;
  const [year = 0, month = 1] = (months.at(-1)?.month ?? '').split('-').map(Number);
  return known.now * new Date(Date.UTC(year, month, 0)).getUTCDate();
}

const WEEKS = 12;
const WEEK = 7;
/** Sparklines are drawn of whole numbers; a rate is a small one. */
const FINE = 1e9;

function weeksOf(known: DriverOfForecast | undefined): bigint[] {
  const days = (known?.history ?? []).slice(-WEEKS * WEEK);
  const weeks: bigint[] = [];
  for (let at = 0; at + WEEK <= days.length; at += WEEK) {
    const values = days.slice(at, at + WEEK).flatMap(({ value }) => (value === null ? [] : [value]));
    if (values.length === 0) continue;
    weeks.push(BigInt(Math.round((values.reduce((sum, one) => sum + one, 0) / values.length) * FINE)));
  }
  return weeks;
}

/** The multiplication itself, of the scenario in question. */
function Product({ picked }: { readonly picked: Projected }) {
  const { calls, actions, fanOut, tokensPerCall, rate } = picked.last.headline;
  return (
    <p className="product">
      {actions !== null && fanOut !== null ? (
        <span className="nowrap">
          {countText(actions)} × {fanOut.toFixed(2)} = {countText(calls)} calls
        </span>
      ) : (
        <span className="nowrap">{countText(calls)} calls</span>
      )}
      <span className="nowrap">
        × {countText(tokensPerCall)} tokens × ${rateText(rate)} / 1K
      </span>
      <span>
        <b>= {hundreds(picked.last.cost)} a month</b> to the nearest $100
      </span>
    </p>
  );
}
