import { useMemo } from 'react';
import type { ReactNode } from 'react';

import type { ForecastAnswer } from '../../../api/contract/forecast.ts';
import { Fan } from '../../parts/marks/fan.tsx';
import { backtestText } from './drivers-panel.tsx';
import { fanOf } from './fan-data.ts';
import type { Outlook } from './use-outlook.ts';

interface FanCardProps {
  readonly answer: ForecastAnswer;
  readonly outlook: Outlook;
  /** Which scenarios are laid over it. */
  readonly children: ReactNode;
}

export function FanCard({ answer, outlook, children }: FanCardProps) {
  const { all, picked, spread, budget, swing } = outlook;
  const fan = useMemo(
    () => fanOf({ answer, all, picked, spread, budget, swing }),
    [answer, all, picked, spread, budget, swing],
  );
  return (
    <section className="card">
      <header>
        <h2>Monthly cost at the current rate</h2>
        <p>USD, 7-day mean</p>
      </header>
      {children}
      <div className="body">
        <Fan {...fan} />
      </div>
      <footer>{backtestText(answer)}</footer>
    </section>
  );
}
