/** What providers say they charge, beside what the ledger says, and the lines that make the two equal. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import type { Reconciliation, ReconciliationList } from '../../../api/contract/invoices.ts';
import { useAddress } from '../../parts/address.ts';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { Icon } from '../../parts/icon.tsx';
import { monthText, shortInstant } from '../../parts/instants.ts';
import { Segments } from '../../parts/segments.tsx';
import { Shell } from '../../parts/shell.tsx';
import { filesOf } from '../files.ts';
import { Choice } from '../filters.tsx';
import { asking } from '../../parts/server.ts';
import { Trouble } from '../trouble.tsx';
import { ImportDialog } from './import-dialog.tsx';
import { ApplyDialog, CloseDialog, ReconcileDialog } from './month-dialogs.tsx';
import { ReconciliationView } from './reconciliation-view.tsx';
import { Statements } from './statements.tsx';

const DEFAULTS = { view: 'month', id: '', statement: '', show: '' } as const;
const VIEWS = { month: 'Reconciliation', statements: 'Statements' };

/** Providers bill by days of UTC, whatever zone the reader counts in. */
const BILLED_IN = { timeZone: 'UTC' } as const;

type Doing = 'import' | 'reconcile' | 'apply' | 'close';

export function InvoicesPage() {
  const [address, go] = useAddress(DEFAULTS);
  const [doing, setDoing] = useState<Doing>();
  const list = useQuery({
    queryKey: ['invoices', 'reconciliations'],
    queryFn: ({ signal }) => asking(signal).invoices.reconciliations(),
  });
  const all = list.data?.reconciliations ?? [];
  const id = address.id || (all[0]?.id ?? '');
  const answer = useQuery({
    queryKey: ['invoices', 'reconciliation', id],
    queryFn: ({ signal }) => asking(signal).invoices.reconciliation(id),
    enabled: id !== '',
  });
  const { data } = answer;
  const error = list.error ?? answer.error;
  useEffect(() => {
    document.title = 'Invoices · Setpoint';
  }, []);
  const choices = choicesOf(all);
  const turnTo = (view: string): void => go({ view, statement: '' });
  const views = <Segments label="View" value={address.view} choices={VIEWS} onChange={turnTo} />;
  return (
    <Shell
      title="Invoices"
      acts={<Acts onDo={setDoing} />}
      links={filesOf('Keys', 'reconciliation', data && { id: data.id, show: address.show })}
    >
      <FilterBar views={views} show={[]} facts={BILLED_IN} zoned={false}>
        {all.length > 0 && address.view === 'month' && (
          <Choice label="Reconciled" value={id} choices={choices} onChange={(next) => go({ id: next })} />
        )}
      </FilterBar>
      <div className="content" aria-busy={answer.isPlaceholderData}>
        {error !== null && <Trouble error={error} />}
        {address.view === 'statements' && (
          <Statements
            picked={address.statement}
            onPick={(statement) => go({ statement })}
            onImport={() => setDoing('import')}
          />
        )}
        {address.view === 'month' && list.data !== undefined && all.length === 0 && (
          <NoneYet onDo={setDoing} />
        )}
        {address.view === 'month' && data !== undefined && (
          <ReconciliationView
            data={data}
            show={address.show}
            onShow={(show) => go({ show })}
            onStatement={(statement) => go({ view: 'statements', statement })}
            onApply={() => setDoing('apply')}
            onCloseMonth={() => setDoing('close')}
          />
        )}
      </div>
      <Decide
        doing={doing}
        data={data}
        onMade={(made) => go({ view: 'month', id: made })}
        onClose={() => setDoing(undefined)}
      />
    </Shell>
  );
}

/** The reconciliations by month, provider and time, newest first. */
function choicesOf(all: ReconciliationList['reconciliations']): Record<string, string> {
  return Object.fromEntries(
    all.map(({ id, month, provider, at, appliedAt }) => [
      id,
      [
        monthText(month),
        ...(provider === '' ? [] : [provider]),
        shortInstant(at, 'UTC'),
        ...(appliedAt === null ? [] : ['applied']),
      ].join(', '),
    ]),
  );
}

interface DecideProps {
  readonly doing: Doing | undefined;
  readonly data: Reconciliation | undefined;
  readonly onMade: (id: string) => void;
  readonly onClose: () => void;
}

function Decide({ doing, data, onMade, onClose }: DecideProps) {
  if (doing === 'import') return <ImportDialog onClose={onClose} />;
  if (doing === 'reconcile') return <ReconcileDialog onMade={onMade} onClose={onClose} />;
  if (data === undefined) return null;
  if (doing === 'apply') return <ApplyDialog data={data} onClose={onClose} />;
  if (doing !== 'close') return null;
  return <CloseDialog month={data.month} applied={data.appliedAt !== null} onClose={onClose} />;
}

function Acts({ onDo }: { readonly onDo: (doing: Doing) => void }) {
  return (
    <>
      <button type="button" className="btn plain hide-s" onClick={() => onDo('reconcile')}>
        Reconcile a month
      </button>
      <button type="button" className="btn" onClick={() => onDo('import')}>
        <Icon name="plus" />
        Import
      </button>
    </>
  );
}

function NoneYet({ onDo }: { readonly onDo: (doing: Doing) => void }) {
  return (
    <section className="card empty">
      <h2>No month was reconciled yet</h2>
      <p>
        Import what your providers say they charge, then reconcile the month: every difference gets a cause,
        or stays visible as unexplained. Nothing is posted before you apply it.
      </p>
      <pre className="snippet" tabIndex={0} aria-label="From the command line">
        {'setpoint invoice import costs.json --from openai-costs\nsetpoint invoice reconcile --month 2026-10'}
      </pre>
      <div className="acts">
        <button type="button" className="btn primary" onClick={() => onDo('import')}>
          Import a statement
        </button>
        <button type="button" className="btn" onClick={() => onDo('reconcile')}>
          Reconcile a month
        </button>
      </div>
    </section>
  );
}
