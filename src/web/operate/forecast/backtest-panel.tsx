/** A forecast earns trust by showing its misses: each made again from what was known then, against what came. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { ForecastAsk } from './asks.ts';
import type { AccuracyAnswer } from '../../../api/contract/forecast.ts';
import { moneyText, shareText } from '../../../units/figures.ts';
import { asking } from '../../parts/server.ts';
import { Asking } from '../../parts/asking.tsx';
import { Trouble } from '../../inform/trouble.tsx';
import { dayText, monthText } from '../../parts/instants.ts';
import { Backtest } from '../../parts/marks/backtest.tsx';
import type { BacktestPoint } from '../../parts/marks/backtest-shape.ts';
import { Segments } from '../../parts/segments.tsx';
import { useSeen } from './seen.ts';
import { errorText } from './words.ts';

const HOUR_MS = 3_600_000;
const VIEWS = { weeks: 'By week', monthEnd: 'Month end on day 10', nextMonth: 'Next month' };
type View = keyof typeof VIEWS;

export function BacktestPanel({ ask: { months: _months, ...ask } }: { readonly ask: ForecastAsk }) {
  const [place, seen] = useSeen();
  const [view, setView] = useState<View>('weeks');
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ['forecasts', 'accuracy', ask],
    queryFn: ({ signal }) => asking(signal).forecast.accuracy(ask),
    enabled: seen,
    staleTime: HOUR_MS,
  });
  return (
    <section className="card" ref={place} aria-busy={seen && data === undefined && error === null}>
      <header>
        <h2>How far off were we</h2>
        <p>made again as of then, from nothing later</p>
        <div className="push">
          <Segments
            label="What is judged"
            value={view}
            choices={VIEWS}
            onChange={(name) => setView(name as View)}
          />
        </div>
      </header>
      <div className="body">
        {error !== null && <Trouble error={error} />}
        <Asking of="forecasts accuracy" isOld={isPlaceholderData} what="Making forecasts of the past again" />
        {data !== undefined && <Judged data={data} view={view} />}
      </div>
    </section>
  );
}

function Judged({ data, view }: { readonly data: AccuracyAnswer; readonly view: View }) {
  const points = pointsOf(data, view);
  const inside = points.filter((one) => one.inside).length;
  const unit = view === 'weeks' ? 'weeks' : 'months';
  const judged = view === 'weeks' ? undefined : data[view];
  const wape = view === 'weeks' ? data.weeksWape : (judged?.wape ?? null);
  const level = Math.round(data.level * 100);
  const naive =
    judged === undefined || judged.naiveWape === null
      ? ''
      : `the last month carried on: ${shareText(judged.naiveWape, 1)}`;
  return (
    <>
      <dl className="judged">
        <div>
          <dt>Error (WAPE)</dt>
          <dd
            className={judged !== undefined && wape !== null ? (wape <= judged.target ? 'good' : 'bad') : ''}
          >
            {shareText(wape, 1)}
            {judged !== undefined && <small>target {shareText(judged.target)}</small>}
          </dd>
        </div>
        <div>
          <dt>Coverage of the {level}% interval</dt>
          <dd>
            {points.length === 0 ? '–' : `${inside} of ${points.length} ${unit}`}
            {naive !== '' && <small>{naive}</small>}
          </dd>
        </div>
      </dl>
      <Backtest
        key={view}
        points={points}
        name={`Back-test: ${inside} of ${points.length} ${unit} inside the ${level}% interval. ${data.sentence}`}
      />
      {points.length > 0 && <JudgedTable points={points} unit={unit} level={level} />}
    </>
  );
}

/** The same as figures, for who does not see the marks. */
function JudgedTable({
  points,
  unit,
  level,
}: {
  readonly points: readonly BacktestPoint[];
  readonly unit: string;
  readonly level: number;
}) {
  return (
    <details className="figures-below">
      <summary className="small quiet">As figures</summary>
      <div className="scroll" role="region" tabIndex={0} aria-label="Back-test as figures">
        <table>
          <caption className="sr">Back-test by {unit}</caption>
          <thead>
            <tr>
              <th scope="col">{unit === 'weeks' ? 'Week of' : 'Month'}</th>
              {['Projection', `${level}% interval`, 'Actual', 'Error'].map((head) => (
                <th key={head} scope="col" className="num">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {points.map(({ key, label, forecast, low, high, actual, error, inside }) => (
              <tr key={key}>
                <td>{label}</td>
                <td className="num">{plain(forecast)}</td>
                <td className="num soft">
                  [{plain(low)}, {plain(high)}]
                </td>
                <td className="num">{plain(actual)}</td>
                <td className={inside ? 'num' : 'num bad'}>
                  {error}
                  {!inside && ' missed'}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function plain(amount: number): string {
  return moneyText(amount.toFixed(2));
}

function pointsOf(data: AccuracyAnswer, view: View): BacktestPoint[] {
  if (view === 'weeks') return data.weeks.map((one) => pointOf(one.from, dayText(one.from), one));
  return data[view].months.map((one) => pointOf(one.month, monthText(one.month).replace(/ 20/, ' ’'), one));
}

function pointOf(
  key: string,
  label: string,
  judged: Pick<AccuracyAnswer['weeks'][number], 'low' | 'high' | 'forecast' | 'actual' | 'inside' | 'error'>,
): BacktestPoint {
  const { low, high, forecast, actual, inside } = judged;
  const error = errorText(judged.error);
  return {
    key,
    label,
    inside,
    error,
    low: Number(low),
    high: Number(high),
    forecast: Number(forecast),
    actual: Number(actual),
    said: `${label}: actual ${moneyText(actual)}, projection ${moneyText(forecast)}, interval ${moneyText(low)} to ${moneyText(high)}; ${inside ? `inside, error ${error}` : `missed, ${error}`}`,
  };
}
