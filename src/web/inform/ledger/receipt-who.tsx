/** Whose a call was, who said so, where it went, and what corrected it. */
import { Fragment } from 'react';
import type { ReactNode } from 'react';

import type { LedgerLine } from '../../../api/contract.ts';
import { Named } from '../../parts/chips.tsx';
import { fullInstant, monthText } from '../../parts/instants.ts';
import { ledgerSearch } from '../../parts/ledger-link.ts';
import { onLink } from '../../parts/path.ts';

const BASES: Readonly<Record<string, string>> = {
  reported: 'measured, usage reported by the provider',
  counted: 'estimated, counted from what was delivered',
  presumed: 'estimated, presumed until a correction replaces it',
};

const NAMERS: Readonly<Record<string, string>> = {
  said: 'said by the call itself',
  key: 'said by its key',
  '': 'nobody',
};

const SOURCES: Readonly<Record<string, string>> = {
  gateway: 'the gateway',
  telemetry: 'a trace, not the gateway',
  import: 'an import',
  invoice: 'an invoice',
  rule: 'an attribution rule',
  demo: 'the demo company, fictional',
};

const TRACE = /^[0-9a-f]{32}$/;

interface WhoProps {
  readonly line: LedgerLine;
  readonly lines: readonly LedgerLine[];
  readonly timeZone: string;
}

export function Who({ line, lines, timeZone }: WhoProps) {
  const tags = Object.entries(line.tags).map(([name, value]) => `${name}: ${value}`);
  const corrections = lines.filter(({ leg }) => leg === 'adjust');
  const facts: ReadonlyArray<readonly [string, ReactNode]> = [
    [
      'Workflow',
      <>
        <Named name={line.workflow} dimension="workflow" />
        {line.team !== '' && <span className="quiet"> · {line.team}</span>}
      </>,
    ],
    ['Named by', <NamedBy key="by" by={line.attributedBy} />],
    ['Customer', <Named key="customer" name={line.customer} dimension="customer" />],
    [TRACE.test(line.request) ? 'Trace' : 'Request', <Request key="request" request={line.request} />],
    ['Session', line.session === '' ? '' : <span className="mono">{line.session}</span>],
    ['Time', `${fullInstant(line.startedAt, timeZone)} ${timeZone}`],
    ['Key', line.key === '' ? '' : <span className="mono">{line.key}</span>],
    ['Tags', tags.join(', ')],
    ['Account', line.account === '' ? '' : <span className="mono">{line.account}</span>],
    ['Region', line.region],
    [
      'Asked for',
      line.modelRequested === line.model ? '' : <span className="mono">{line.modelRequested}</span>,
    ],
    [
      'Answered',
      [line.model, ''].includes(line.modelReturned) ? '' : <span className="mono">{line.modelReturned}</span>,
    ],
    ['Source', SOURCES[line.source] ?? line.source],
    ['Basis', BASES[line.basis] ?? line.basis],
    ...corrections.map((one) => ['Corrected', <Correction key={one.id} line={one} />] as const),
  ];
  return (
    <dl className="facts-list">
      {facts
        .filter(([, fact]) => fact !== '')
        .map(([name, fact], at) => (
          <Fragment key={`${name} ${at}`}>
            <dt>{name}</dt>
            <dd>{fact}</dd>
          </Fragment>
        ))}
    </dl>
  );
}

/** The way to every call of the request; one that came with a W3C trace context carries the id of its trace. */
function Request({ request }: { readonly request: string }) {
  if (request === '') return <span className="quiet">–</span>;
  const search = ledgerSearch({ during: 'all', only: [`request=${request}`] });
  return (
    <a className="proof mono" href={`/ledger${search}`} onClick={onLink('ledger', search)}>
      {request}
    </a>
  );
}

/** The call, its key, or a rule with its version, which opens the rules. */
function NamedBy({ by }: { readonly by: string }) {
  const rule = /^rule:(.+)@(\d+)$/.exec(by);
  if (rule === null) return NAMERS[by] ?? by;
  const search = '?view=rules';
  return (
    <a className="proof" href={`/attribution${search}`} onClick={onLink('attribution', search)}>
      rule {rule[1]}, version {rule[2]}
    </a>
  );
}

/** Why a line was added, what it corrects, and for which month. */
function Correction({ line }: { readonly line: LedgerLine }) {
  return (
    <>
      {line.cause === '' ? 'by a later line' : line.cause.replaceAll('-', ' ')}
      {line.correction !== '' && (
        <>
          , decided by <span className="mono">{line.correction}</span>
        </>
      )}
      {line.forMonth !== '' && `, for ${monthText(line.forMonth)}`}
      {line.corrects !== '' && (
        <span className="quiet">
          {' '}
          · corrects line <span className="mono">{line.corrects.slice(-12)}</span>
        </span>
      )}
    </>
  );
}
