import type { LedgerAnswer } from '../../api/contract.ts';
import type { Go } from '../parts/address.ts';
import { shortInstant } from '../parts/instants.ts';

/** What the address of the page can say, and what holds where it is silent. */
export const DEFAULTS = {
  during: 'this-month',
  by: 'workflow,customer',
  call: '',
  only: '',
  simulated: 'auto',
  rows: '50',
} as const;
export type LedgerAddress = Readonly<Record<keyof typeof DEFAULTS, string>>;
export type LedgerGo = Go<keyof typeof DEFAULTS>;

const PERIODS: Readonly<Record<string, string>> = {
  today: 'Today',
  yesterday: 'Yesterday',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
  'this-month': 'This month',
  'last-month': 'Last month',
  all: 'All time',
};
const BREAKDOWNS: Readonly<Record<string, string>> = {
  'workflow,customer': 'Workflow, then customer',
  'team,workflow': 'Team, then workflow',
  'customer,workflow': 'Customer, then workflow',
  'model,workflow': 'Model, then workflow',
  'provider,model': 'Provider, then model',
  'day,workflow': 'Day, then workflow',
  'key,workflow': 'Key, then workflow',
  'account,workflow': 'Account, then workflow',
  'region,model': 'Region, then model',
  'attributedBy,workflow': 'Who named it, then workflow',
  'source,workflow': 'Source, then workflow',
  'cause,workflow': 'Cause, then workflow',
};
const SIMULATED: Readonly<Record<string, string>> = {
  auto: 'When nothing is real',
  exclude: 'Left out',
  only: 'Only these',
};

interface FiltersProps {
  readonly address: LedgerAddress;
  readonly go: LedgerGo;
  readonly data: LedgerAnswer | undefined;
  /** The last question was not answered: what is shown is older. */
  readonly away: boolean;
}

export function Filters({ address, go, data, away }: FiltersProps) {
  return (
    <div className="filters" role="toolbar" aria-label="Filters">
      <Choice
        label="Period"
        value={address.during}
        choices={PERIODS}
        onChange={(during) => go({ during, only: '' })}
      />
      <Choice
        label="Break down"
        value={address.by}
        choices={BREAKDOWNS}
        onChange={(by) => go({ by, only: '' })}
      />
      <Choice
        label="Simulated"
        value={address.simulated}
        choices={SIMULATED}
        onChange={(simulated) => go({ simulated })}
      />
      {data !== undefined && <Facts data={data} away={away} />}
    </div>
  );
}

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
