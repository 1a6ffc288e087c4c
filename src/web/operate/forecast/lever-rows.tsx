import { useState } from 'react';

import type { DriverChange } from '../../../operate/forecast/scenario.ts';
import { numberOf } from './draft.ts';
import { LEVERS_OFFERED, percentOf, withLever } from './levers.ts';

interface LeverRowsProps {
  readonly draft: readonly DriverChange[];
  readonly concern: string | undefined;
  readonly onDraft: (draft: readonly DriverChange[]) => void;
}

/** What engineering could do. No gate has judged any of it here, so each effect is somebody's assumption and says so. */
export function LeverRows({ draft, concern, onDraft }: LeverRowsProps) {
  return (
    <fieldset className="levers">
      <legend>
        Levers <span className="chip line">assumed</span>
      </legend>
      {LEVERS_OFFERED.map((one) => (
        <label key={one.lever} className="lever">
          <span>{one.label}</span>
          <PercentBox
            key={concern ?? '*'}
            percent={percentOf(draft, one, concern)}
            onPercent={(percent) => onDraft(withLever(draft, one, { percent, workflow: concern }))}
          />
          <span className="quiet small">% {one.text}</span>
        </label>
      ))}
      <p className="small quiet">
        No gate verdict and no verified saving stands behind an effect typed here.
      </p>
    </fieldset>
  );
}

function PercentBox({
  percent,
  onPercent,
}: {
  readonly percent: number | undefined;
  readonly onPercent: (percent: number | undefined) => void;
}) {
  const [typed, setTyped] = useState<string>();
  return (
    <span className={percent === undefined ? 'number' : 'number changed'}>
      <input
        value={typed ?? (percent === undefined ? '' : String(percent))}
        placeholder="–"
        inputMode="decimal"
        autoComplete="off"
        onChange={({ target }) => {
          setTyped(target.value);
          const number = numberOf(target.value.replace('%', ''));
          if (number !== undefined || target.value.trim() === '') onPercent(number);
        }}
        onBlur={() => setTyped(undefined)}
      />
    </span>
  );
}
