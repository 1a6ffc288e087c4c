import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { ApiProblem } from '../../api/client.ts';
import type { LedgerAnswer } from '../../api/contract.ts';
import { countText, moneyText, shareText } from '../../units/figures.ts';
import { useAddress } from '../parts/address.ts';
import { Icon } from '../parts/icon.tsx';
import { Shell } from '../parts/shell.tsx';
import { CallsTable } from './calls-table.tsx';
import { api } from './ledger-api.ts';
import { LedgerTable } from './ledger-table.tsx';
import { ReceiptDrawer } from './receipt-drawer.tsx';



const PERIODS: Readonly<Record<string, string>> = {
  today: 'Today',
  yesterday: 'Yesterday',
  '7d': 'Last 7 days',
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
};
const DEFAULTS = { during: 'this-month', by: 'workflow,customer', call: '', only: '', simulated: 'auto' } as const;

/** Real money when there is any; else the simulator's calls, said to be simulated. */
async function askLedger(during: string, by: readonly string[], simulated: string): Promise<LedgerAnswer> {
  const ask = { of: ['calls', 'averageInputTokens', 'costPerCall', 'share', 'cost', 'unpricedCalls'], by, during };
  if (simulated !== 'auto') return api.ledger({ ...ask, simulated: simulated as 'only' | 'exclude' });
  const real = await api.ledger({ ...ask, simulated: 'exclude' });
  return (real.total.calls ?? 0) === 0 && real.simulatedCalls > 0 ? api.ledger({ ...ask, simulated: 'only' }) : real;
}

export function LedgerPage() {
  const [address, go] = useAddress(DEFAULTS);
  const [first = 'workflow', second = 'customer'] = address.by.split(',');
  const by = first === 'workflow' ? ['workflow', 'team'] : [first];
  const answer = useQuery({
    queryKey: ['ledger', address.during, by, address.simulated],
    queryFn: () => askLedger(address.during, by, address.simulated),
    refetchInterval: 2_000,
  });
  const data = answer.data;
  return (
    <Shell title="Ledger" chips={data?.simulated === 'only' && <span className="chip line">Simulated</span>}>
      <Filters address={address} go={go} data={data} />
      <div className={address.call === '' ? '' : 'with-drawer'}>
        <div className="content">
          {answer.error !== null && <Trouble error={answer.error} />}
          {data !== undefined && ((data.total.calls ?? 0) === 0 ? <FirstCall /> : <Sentence data={data} first={first} />)}
          {data !== undefined && (data.total.calls ?? 0) > 0 && (
            <LedgerTable data={data} first={first} second={second} onOpen={(condition) => go({ only: condition })} />
          )}
          <CallsTable
            during={address.during}
            simulated={data?.simulated ?? 'include'}
            only={address.only}
            picked={address.call}
            onPick={(call) => go({ call })}
            onClear={() => go({ only: '' })}
          />
        </div>
        {address.call !== '' && <ReceiptDrawer call={address.call} onClose={() => go({ call: '' })} />}
      </div>
    </Shell>
  );
}

interface FiltersProps {
  readonly address: Readonly<Record<keyof typeof DEFAULTS, string>>;
  readonly go: (change: Partial<Record<keyof typeof DEFAULTS, string>>) => void;
  readonly data: LedgerAnswer | undefined;
}

function Filters({ address, go, data }: FiltersProps) {
  return (
    <div className="filters" role="toolbar" aria-label="Filters">
      <Choice label="Period" value={address.during} choices={PERIODS} onChange={(during) => go({ during })} />
      <Choice label="Break down" value={address.by} choices={BREAKDOWNS} onChange={(by) => go({ by, only: '' })} />
      <Choice
        label="Simulated"
        value={address.simulated}
        choices={{ auto: 'When nothing is real', exclude: 'Leave out', only: 'Only these' }}
        onChange={(simulated) => go({ simulated })}
      />
      {data !== undefined && (
        <p className="facts">
          <span>{data.timeZone}</span>
          <span>{data.priceBookVersion === '' ? 'no prices used' : `Price book ${data.priceBookVersion}`}</span>
          <span className="live" title={`complete until ${data.completeUntil}`}>
            as of {data.asOf.slice(0, 16).replace('T', ' ')} UTC
          </span>
        </p>
      )}
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: Readonly<Record<string, string>>;
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, choices, onChange }: ChoiceProps) {
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

/** One true sentence, made from the same answer as the table below it. */
function Sentence({ data, first }: { readonly data: LedgerAnswer; readonly first: string }) {
  const calls = data.total.calls ?? 0;
  const largest = data.rows[0];
  const attributed = 1 - data.unattributedCalls / calls;
  const name = largest?.group[0] === '' ? 'Unattributed calls' : largest?.group[0];
  const share = largest?.figures.share;
  return (
    <p className="sentence">
      {data.simulated === 'only' && 'Simulated, no money was spent: '}
      <b>{countText(calls)}</b> {calls === 1 ? 'call' : 'calls'} {data.simulated === 'only' ? 'would have cost' : 'cost'}{' '}
      <b>{moneyText(data.total.cost ?? '0')}</b>.
      {name !== undefined && share !== undefined && share !== null && first !== 'day' && data.rows.length > 1 && (
        <>
          {' '}
          {name} {name.endsWith('calls') ? 'are' : 'is'} <b>{shareText(share)}</b> of it;
        </>
      )}{' '}
      <b>{shareText(attributed)}</b> of calls name a workflow
      {data.unpricedCalls > 0 && (
        <>
          , and <b>{countText(data.unpricedCalls)}</b> wait for a price
        </>
      )}
      .
    </p>
  );
}

function FirstCall() {
  const gateway = `${location.protocol}//${location.hostname}:4000`;
  const snippet = `curl ${gateway}/v1/chat/completions \\
  -H 'content-type: application/json' \\
  -H 'x-setpoint-workflow: support' -H 'x-setpoint-team: CX' \\
  -d '{"model":"sim-small","messages":[{"role":"user","content":"Where is my order?"}]}'`;
  const [copied, setCopied] = useState(false);
  return (
    <section className="card empty" aria-live="polite">
      <h2>Waiting for the first call of this period</h2>
      <p>Point an application at the gateway by its base URL, or paste this. The line appears here within two seconds.</p>
      <pre className="snippet" tabIndex={0} aria-label="A call to try">
        {snippet}
      </pre>
      <button type="button" className="btn" onClick={() => void navigator.clipboard.writeText(snippet).then(() => setCopied(true))}>
        <Icon name={copied ? 'check' : 'copy'} />
        {copied ? 'Copied' : 'Copy'}
      </button>
    </section>
  );
}

function Trouble({ error }: { readonly error: Error }) {
  return (
    <p className="notice trouble" role="alert">
      <Icon name="alert" />
      <span>
        <b>The ledger did not answer.</b> {error instanceof ApiProblem ? error.problem.detail : error.message} Calls go on and are
        kept in the journal; this page asks again by itself.
      </span>
    </p>
  );
}
