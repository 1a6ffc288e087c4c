/** Whether throughput that is paid by the hour would be cheaper than paying as it goes, and how many units of it. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { CommitmentAsk } from './asks.ts';
import type { CommitmentAdvice, ForecastAnswer } from '../../../api/contract/forecast.ts';
import { columnDecimals, countText, moneyCell, moneyText, shareText } from '../../../units/figures.ts';
import { asking } from '../../parts/server.ts';
import { Trouble } from '../../inform/trouble.tsx';
import { Field } from '../../parts/field.tsx';
import { IntervalBar } from '../../parts/marks/interval-bar.tsx';
import { commitmentOf, EMPTY_COMMITMENT, problemOfCommitment } from './commitment-form.ts';
import type { CommitmentForm } from './commitment-form.ts';
import type { PageScope } from './scope.ts';

interface CommitmentPanelProps {
  readonly answer: ForecastAnswer;
  readonly scope: PageScope;
  readonly zone: string;
}

export function CommitmentPanel({ answer, scope: { workflow }, zone }: CommitmentPanelProps) {
  const [form, setForm] = useState<CommitmentForm>(EMPTY_COMMITMENT);
  const [ask, setAsk] = useState<CommitmentAsk>();
  const { data, error, isFetching } = useQuery({
    queryKey: ['forecasts', 'commitment', ask],
    queryFn: ({ signal }) => asking(signal).forecast.commitment(ask ?? commitmentOf(form)),
    enabled: ask !== undefined,
  });
  const problem = problemOfCommitment(form);
  const models = [
    ...new Set(
      answer.base.flatMap(({ months }) =>
        months.flatMap(({ drivers }) => drivers.models.map(({ model }) => model)),
      ),
    ),
  ];
  return (
    <section className="card">
      <header>
        <h2>Commitment</h2>
        <p>throughput that is paid by the hour, against paying as it goes</p>
      </header>
      <form
        className="body commitment"
        onSubmit={(event) => {
          event.preventDefault();
          if (problem !== '') return;
          setAsk({
            ...commitmentOf(form),
            ...(workflow !== undefined && { workflow }),
            ...(zone !== '' && { timeZone: zone }),
          });
        }}
      >
        <Fields form={form} models={models} onEdit={(part) => setForm({ ...form, ...part })} />
        <div className="acts">
          <button type="submit" className="btn" disabled={problem !== '' || isFetching}>
            Compare
          </button>
          {problem !== '' && <span className="quiet small">{problem}</span>}
        </div>
      </form>
      {error !== null && (
        <div className="body">
          <Trouble error={error} doing />
        </div>
      )}
      {data !== undefined && <Advice data={data} />}
    </section>
  );
}

interface FieldsProps {
  readonly form: CommitmentForm;
  readonly models: readonly string[];
  readonly onEdit: (part: Partial<CommitmentForm>) => void;
}

function Fields({ form, models, onEdit }: FieldsProps) {
  return (
    <div className="fields">
      <Field
        label="Model"
        value={form.model}
        known={models}
        required
        onChange={(model) => onEdit({ model })}
      />
      <Field
        label="Tokens an hour, one unit"
        value={form.tokens}
        numeric
        required
        onChange={(tokens) => onEdit({ tokens })}
      />
      <Field
        label="Dollars an hour, one unit"
        value={form.price}
        numeric
        required
        onChange={(price) => onEdit({ price })}
      />
      <Field label="Least units" value={form.minimum} numeric onChange={(minimum) => onEdit({ minimum })} />
      <Field
        label="In steps of"
        value={form.increment}
        numeric
        onChange={(increment) => onEdit({ increment })}
      />
    </div>
  );
}

function Advice({ data }: { readonly data: CommitmentAdvice }) {
  const { best, breakEvenUtilisation, payAsYouGoPerUnitHour, demand, hours } = data;
  const reading = (tokens: number) => ({ at: tokens, text: countText(tokens) });
  return (
    <>
      <div className="body">
        <p className="sentence-small">{data.sentence}</p>
        <dl className="effect">
          <div>
            <dt>Break-even utilisation</dt>
            <dd>
              {shareText(breakEvenUtilisation, 1)}
              <small>
                {payAsYouGoPerUnitHour === null
                  ? 'what its tokens cost as they go is not known'
                  : `its tokens cost ${moneyText(payAsYouGoPerUnitHour)} as they go`}
              </small>
            </dd>
          </div>
          <div>
            <dt>Best</dt>
            <dd>
              {countText(best.units)} units
              <small>{shareText(best.utilisation, 1)} used</small>
            </dd>
          </div>
          <div>
            <dt>Saving a month</dt>
            <dd>
              {moneyText(best.saving)}
              <small>estimated, of 730 hours</small>
            </dd>
          </div>
        </dl>
      </div>
      <OptionTable data={data} />
      <div className="body">
        <IntervalBar
          rows={[
            {
              key: 'demand',
              label: 'Tokens an hour',
              low: reading(demand.p10),
              at: reading(demand.p50),
              high: reading(demand.p90),
            },
          ]}
          caption={`Hourly demand over ${countText(hours)} hours: median with P10 and P90; mean ${countText(demand.mean)}, most ${countText(demand.max)}.`}
        />
      </div>
    </>
  );
}

function OptionTable({ data: { options, best } }: { readonly data: CommitmentAdvice }) {
  const decimals = columnDecimals(
    options.flatMap(({ saving, regretLow, regretHigh }) => [saving, regretLow, regretHigh]),
  );
  const perHour = columnDecimals(options.map(({ costPerHour }) => costPerHour));
  return (
    <div className="scroll" role="region" tabIndex={0} aria-label="Units compared">
      <table className="ends">
        <caption className="sr">Units compared</caption>
        <thead>
          <tr>
            <th scope="col" className="num">
              Units
            </th>
            {[
              '$ / hour',
              'Used',
              'Spill',
              'Regret, demand low, $',
              'Regret, demand high, $',
              'Saving, $ / month',
            ].map((head) => (
              <th key={head} scope="col" className="num">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {options.map(({ units, costPerHour, saving, utilisation, spill, regretLow, regretHigh }) => (
            <tr key={units} className={units === best.units ? 'picked' : ''}>
              <td className="num">{countText(units)}</td>
              <td className="num">{moneyCell(costPerHour, perHour)}</td>
              <td className="num">{shareText(utilisation, 1)}</td>
              <td className="num">{shareText(spill, 1)}</td>
              <td className="num soft">{moneyCell(regretLow, decimals)}</td>
              <td className="num soft">{moneyCell(regretHigh, decimals)}</td>
              <td className="num">
                {units === best.units ? <b>{moneyCell(saving, decimals)}</b> : moneyCell(saving, decimals)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
