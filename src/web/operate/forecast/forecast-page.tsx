/** Forecast: what spend is expected to be, what it is made of, and what it would be if a driver moved. */
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';

import { api, asking } from '../../parts/server.ts';
import { Choice } from '../../inform/filters.tsx';
import { Trouble } from '../../inform/trouble.tsx';
import { useAddress } from '../../parts/address.ts';
import { Asking } from '../../parts/asking.tsx';
import type { Basis } from '../../parts/basis.ts';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { onLink } from '../../parts/path.ts';
import { Shell } from '../../parts/shell.tsx';
import type { ForecastAnswer } from '../../../api/contract/forecast.ts';
import { ForecastView } from './forecast-view.tsx';
import { FORECAST_DEFAULTS, HORIZONS, LEVELS, isOf, scopeName, scopeOf } from './scope.ts';
import { ScopeChoice } from './scope-choice.tsx';
import { useExports } from './scenario-exports.ts';
import '../../forecast.css';

const MINUTE_MS = 60_000;

export function ForecastPage() {
  const [address, go] = useAddress(FORECAST_DEFAULTS);
  const { months, level, asOf, zone } = address;
  const scope = scopeOf(address);
  const ask = {
    ...scope,
    months: Number(months),
    level: Number(level),
    ...(asOf !== '' && { asOf }),
    ...(zone !== '' && { timeZone: zone }),
  };
  const answer = useQuery({
    queryKey: ['forecasts', 'show', ask],
    queryFn: ({ signal }) => asking(signal).forecast.show(ask),
    staleTime: MINUTE_MS,
  });
  const { error, isPlaceholderData } = answer;
  // The forecast before this one stays until this one is there, but not of another scope: under this title it would be taken for it.
  const data = answer.data !== undefined && isOf(scope, answer.data.scope) ? answer.data : undefined;
  const links = useExports();
  useEffect(() => {
    document.title = `Forecast: ${scopeName(scope)} · Setpoint`;
  });
  const plans = (
    <a className="btn" href="/forecast/plans" onClick={onLink('forecast/plans')}>
      Plans
    </a>
  );
  const title = `Forecast: ${scopeName(scope)}`;
  return (
    <Shell title={title} acts={plans} links={links}>
      <FilterBar show={[]} facts={data && basisOf(data)} away={error !== null}>
        <ScopeChoice scope={scope} />
        <Choice label="Horizon" value={months} choices={HORIZONS} onChange={(one) => go({ months: one })} />
        <Choice label="Interval" value={level} choices={LEVELS} onChange={(one) => go({ level: one })} />
        <label className="filter">
          <span>As it was made on</span>
          <input type="date" value={asOf} onChange={(event) => go({ asOf: event.target.value })} />
        </label>
      </FilterBar>
      <div
        className="content"
        aria-busy={isPlaceholderData}
        data-ready={data !== undefined && !isPlaceholderData}
      >
        {error !== null && <Trouble error={error} />}
        <Asking
          of="forecasts show"
          isOld={isPlaceholderData}
          what={`Forecasting ${scopeName(scope)}`}
          steps={() => api.forecast.progress(ask)}
          unit="workflows"
        />
        {data !== undefined &&
          (data.months.length === 0 || data.history.length === 0 ? (
            <NoHistory sentence={data.sentence} />
          ) : (
            // Another scope is another page: what was typed for one does not hold for the other.
            <ForecastView
              key={`${data.scope.kind} ${data.scope.name}`}
              answer={data}
              scope={scope}
              ask={ask}
            />
          ))}
      </div>
    </Shell>
  );
}

function basisOf({ timeZone, asOf, completeUntil, priceVersions }: ForecastAnswer): Basis {
  return { timeZone, asOf, completeUntil, priceVersions, priceBookVersion: priceVersions[0] ?? '' };
}

function NoHistory({ sentence }: { readonly sentence: string }) {
  return (
    <section className="card empty">
      <h2>Nothing to forecast from yet</h2>
      <p>{sentence}</p>
      <p>
        A forecast is made of calls, their size and their price by day. With two weeks of them it begins here.
      </p>
      <pre className="snippet" tabIndex={0} aria-label="A forecast from the command line">
        setpoint forecast --months 3
      </pre>
    </section>
  );
}
