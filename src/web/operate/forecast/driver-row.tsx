/** One driver: what it has been, what it is set to, and the way back. A slider for the eye, a field for the exact figure. */
import { useState } from 'react';

import type { DriverChange } from '../../../operate/forecast/scenario.ts';
import { Field } from '../../parts/field.tsx';
import { Sparkline } from '../../parts/marks/sparkline.tsx';
import { described, endOfChange, numberOf } from './draft.ts';

interface DriverRowProps {
  readonly label: string;
  readonly unit: string;
  /** What it would be as things go: where its dot leads back to. */
  readonly from: number;
  readonly value: number;
  readonly today: number | undefined;
  readonly history: readonly bigint[];
  readonly text: (value: number) => string;
  /** Where the slider ends; a field takes more. */
  readonly most: number;
  /** A share is typed and shown in per cent. */
  readonly share?: boolean;
  readonly change: DriverChange | undefined;
  readonly onMove: (value: number) => void;
  readonly onReset: () => void;
  readonly onDescribe: (change: DriverChange) => void;
}

const DIGITS = 3;

export function DriverRow(props: DriverRowProps) {
  const { label, unit, from, value, today, history, text, most, change, onMove, onReset } = props;
  const at = (one: number): string => `${Math.min(100, Math.max(0, (one / most) * 100))}%`;
  const [low, high] = [Math.min(from, value), Math.max(from, value)];
  return (
    <div className="driver">
      <div className="driver-line">
        <b title={label}>{label}</b>
        <span className="spark-place">{history.length > 1 && <Sparkline amounts={history} hue="" />}</span>
        <NumberBox {...props} />
        <button
          type="button"
          className="reset"
          aria-label={`${label}: back to ${text(from)}`}
          title={`Back to ${text(from)}`}
          disabled={change === undefined}
          onClick={onReset}
        />
      </div>
      <div className="slider">
        <i className="run" style={{ left: at(low), width: `calc(${at(high)} - ${at(low)})` }} />
        <i className="from" style={{ left: at(from) }} />
        <input
          type="range"
          min={0}
          max={most}
          step="any"
          value={Math.min(value, most)}
          className={change === undefined ? 'still' : ''}
          aria-label={label}
          aria-valuetext={`${text(value)} ${unit}`}
          onChange={(event) => onMove(Number(Number(event.target.value).toPrecision(DIGITS)))}
        />
      </div>
      <p className="small quiet driver-words">
        <span>{unit}</span>
        <span>
          {today !== undefined && `today ${text(today)}, `}forecast {text(from)}
        </span>
      </p>
      {change !== undefined && <Details key={change.driver} {...props} change={change} />}
    </div>
  );
}

/** While it is written in, it shows what is written; only figures that make sense are taken. */
function NumberBox({ label, unit, value, text, share = false, change, onMove }: DriverRowProps) {
  const [typed, setTyped] = useState<string>();
  const take = (written: string): void => {
    setTyped(written);
    const number = numberOf(written);
    if (number === undefined) return;
    onMove(share && !written.includes('%') ? number / 100 : number);
  };
  return (
    <span className={change === undefined ? 'number' : 'number changed'}>
      <input
        value={typed ?? text(value)}
        inputMode="decimal"
        aria-label={`${label}, ${unit}`}
        autoComplete="off"
        onChange={(event) => take(event.target.value)}
        onBlur={() => setTyped(undefined)}
      />
    </span>
  );
}

/** When it comes, how sure it is, and why somebody thinks so. */
function Details({
  label,
  from,
  text,
  change,
  share = false,
  onDescribe,
}: DriverRowProps & { readonly change: DriverChange }) {
  const shown = (end: number | undefined): string =>
    end === undefined ? '' : text(endOfChange(change.to === undefined ? { times: end } : { to: end }, from));
  const [form, setForm] = useState(() => ({
    from: change.from ?? '',
    until: change.until ?? '',
    low: shown(change.low),
    high: shown(change.high),
    note: change.note ?? '',
  }));
  const said = (written: string): string => {
    const number = numberOf(written);
    if (number === undefined) return '';
    const value = share && !written.includes('%') ? number / 100 : number;
    return String(change.to === undefined ? value / from : value);
  };
  const edit = (part: Partial<typeof form>): void => {
    const next = { ...form, ...part };
    setForm(next);
    onDescribe(described(change, { ...next, low: said(next.low), high: said(next.high) }));
  };
  return (
    <details className="driver-details">
      <summary>
        When and how sure <span className="chip line">{change.basis}</span>
      </summary>
      <div className="fields two" role="group" aria-label={`${label}: when and how sure`}>
        <Field label="From" type="date" value={form.from} onChange={(one) => edit({ from: one })} />
        <Field
          label="Whole effect by"
          type="date"
          value={form.until}
          onChange={(one) => edit({ until: one })}
        />
        <Field label="P10" numeric value={form.low} onChange={(one) => edit({ low: one })} />
        <Field label="P90" numeric value={form.high} onChange={(one) => edit({ high: one })} />
      </div>
      <Field label="Why" value={form.note} onChange={(one) => edit({ note: one })} />
    </details>
  );
}
