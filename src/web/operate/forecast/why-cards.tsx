/** From the forecast to the scenario, step by step; and what the figure depends on most. */
import { useMemo } from 'react';

import type { ForecastAnswer } from '../../../api/contract/forecast.ts';
import { countText, shareText } from '../../../units/figures.ts';
import { compactMoney } from '../../parts/compact.ts';
import { Tornado } from '../../parts/marks/tornado.tsx';
import { Waterfall } from '../../parts/waterfall.tsx';
import { sensitivityOf, stepsTo } from './outlook.ts';
import type { Projected } from './outlook.ts';
import { DRIVER_LABELS, hundreds, monthName, rateText } from './words.ts';

interface WhyProps {
  readonly answer: ForecastAnswer;
  readonly base: Projected;
  readonly picked: Projected;
}

export function WhyCards({ answer, base, picked }: WhyProps) {
  return (
    <div className="grid even halves">
      <Steps {...{ answer, base, picked }} />
      <Sensitivity {...{ answer, base, picked }} />
    </div>
  );
}

function Steps({ answer, base, picked }: WhyProps) {
  const steps = useMemo(() => stepsTo(answer, picked.changes), [answer, picked.changes]);
  const month = monthName(picked.last.month);
  const title = `From the forecast to ${picked.changes.length === 0 ? 'a scenario' : picked.name}`;
  return (
    <section className="card">
      <header>
        <h2>{title}</h2>
        <p>{month}, by driver</p>
      </header>
      <div className="body">
        {steps.length === 0 ? (
          <p className="quiet">
            Move a driver, or choose a scenario in the table: its steps from the forecast stand here.
          </p>
        ) : (
          <Waterfall
            from={{ label: 'Forecast', amount: base.last.cost }}
            to={{ label: month, amount: picked.last.cost }}
            steps={steps.map(({ step, amount, basis }) => ({
              label: DRIVER_LABELS[step] ?? step,
              note: noteOf(step, base, picked) ?? basis,
              amount,
              judged: step !== 'calls',
            }))}
            sentence={`From ${hundreds(base.last.cost)} to ${hundreds(picked.last.cost)}: ${steps
              .map(({ step, amount }) => `${DRIVER_LABELS[step] ?? step} ${compactMoney(amount, true)}`)
              .join(', ')}.`}
            caption="Order of steps: calls, context, cache, mix, rate; each counts at what those before it left. Hatched, because none of it has happened yet."
            ahead
          />
        )}
      </div>
    </section>
  );
}

function noteOf(step: string, { last: from }: Projected, { last: to }: Projected): string | undefined {
  const [was, is] = [from.headline, to.headline];
  if (step === 'calls') return `${shortCount(was.calls)} → ${shortCount(is.calls)}`;
  if (step === 'context') return `${countText(was.tokensPerCall)} → ${countText(is.tokensPerCall)}`;
  if (step === 'cache') return `${shareText(was.cachedShare)} → ${shareText(is.cachedShare)}`;
  if (step === 'rate') return `$${rateText(was.rate)} → ${rateText(is.rate)}`;
  return undefined;
}

function shortCount(count: number): string {
  if (count >= 1e6) return `${(count / 1e6).toFixed(2)}M`;
  return count >= 1e4 ? `${(count / 1e3).toFixed(0)}k` : countText(count);
}

function Sensitivity({ answer, picked }: WhyProps) {
  const bars = useMemo(() => sensitivityOf(answer, picked.changes), [answer, picked.changes]);
  const reading = (amount: number) => ({ at: amount, text: compactMoney(amount) });
  const month = monthName(picked.last.month);
  return (
    <section className="card">
      <header>
        <h2>What it depends on most</h2>
        <p>{month}, one driver at a time</p>
      </header>
      <div className="body">
        <Tornado
          rows={bars.map(({ name, low, high }, at) => ({
            key: `${at} ${name}`,
            label: DRIVER_LABELS[name] ?? `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
            low: reading(low),
            high: reading(high),
          }))}
          base={reading(picked.last.cost)}
          caption={`${month} with one driver at its P10 and its P90, the others as they are. How far a driver may be off was measured in the back-test.`}
        />
      </div>
    </section>
  );
}
