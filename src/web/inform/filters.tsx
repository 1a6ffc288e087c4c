import type { LedgerAnswer } from '../../api/contract.ts';
import { shortInstant } from '../parts/instants.ts';

/** What a total rests on: zone, prices and freshness, wherever it is shown. */
export function Facts({ data, away }: { readonly data: LedgerAnswer; readonly away: boolean }) {
  const others = data.priceVersions.length - 1;
  return (
    <p className="facts">
      <span>{data.timeZone}</span>
      <span title={data.priceVersions.join(', ')}>
        {data.priceBookVersion === '' ? 'No price used' : `Price book ${data.priceBookVersion}`}
        {others > 0 && ` and ${others} older`}
      </span>
      <span className={away ? 'stale' : 'live'} title={`Complete until ${data.completeUntil}`}>
        as of {shortInstant(data.asOf, data.timeZone)}
      </span>
    </p>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: Readonly<Record<string, string>>;
  readonly onChange: (value: string) => void;
}

export function Choice({ label, value, choices, onChange }: ChoiceProps) {
  return (
    <label className="filter">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {!(value in choices) && <option value={value}>{value}</option>}
        {Object.entries(choices).map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
