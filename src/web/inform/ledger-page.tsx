import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';

import type { LedgerAnswer } from '../../api/contract.ts';
import { useAddress } from '../parts/address.ts';
import { fromAddress, toAddress } from '../parts/conditions.ts';
import type { Conditions } from '../parts/conditions.ts';
import { periodText } from '../parts/instants.ts';
import { useNarrow } from '../parts/narrow.ts';
import { Shell } from '../parts/shell.tsx';
import { CallsTable, CALLS_ID } from './calls-table.tsx';
import { EmptyPeriod } from './empty-period.tsx';
import { ExportMenu } from './export-menu.tsx';
import { DEFAULTS, Filters } from './filters.tsx';
import { api } from './ledger-api.ts';
import { LedgerTable } from './ledger-table.tsx';
import { ReceiptDrawer } from './receipt-drawer.tsx';
import { Sentence } from './sentence.tsx';
import { Trouble } from './trouble.tsx';

const POLL_MS = 2_000;

/** Real money when there is any; else the simulator's calls, said to be simulated. */
async function askLedger(
  during: string,
  by: readonly string[],
  simulated: string,
  limit: number,
): Promise<LedgerAnswer> {
  const ask = {
    of: ['calls', 'averageInputTokens', 'costPerCall', 'share', 'cost', 'unpricedCalls'],
    by,
    during,
    limit,
  };
  if (simulated !== 'auto') return api.ledger({ ...ask, simulated: simulated as 'only' | 'exclude' });
  const real = await api.ledger({ ...ask, simulated: 'exclude' });
  const onlySimulated = (real.total.calls ?? 0) === 0 && real.simulatedCalls > 0;
  return onlySimulated ? api.ledger({ ...ask, simulated: 'only' }) : real;
}

export function LedgerPage() {
  const [address, go] = useAddress(DEFAULTS);
  const narrow = useNarrow();
  const [first = 'workflow', second = 'customer'] = address.by.split(',');
  const by = first === 'workflow' ? ['workflow', 'team'] : [first];
  const answer = useQuery({
    queryKey: ['ledger', address.during, by, address.simulated, address.rows],
    queryFn: () => askLedger(address.during, by, address.simulated, Number(address.rows)),
    refetchInterval: POLL_MS,
  });
  const { data } = answer;
  const only = fromAddress(address.only);
  const isOpen = address.call !== '';
  usePageTitle(address.call, data);
  const show = (conditions: Conditions): void => {
    go({ only: toAddress(conditions) });
    document.getElementById(CALLS_ID)?.focus();
  };
  return (
    <Shell
      title="Ledger"
      chips={data?.simulated === 'only' && <span className="chip line">Simulated</span>}
      links={null}
      acts={data !== undefined && <ExportMenu data={data} only={only} />}
    >
      <Filters address={address} go={go} data={data} away={answer.error !== null} />
      <div className={isOpen ? 'with-drawer' : ''}>
        <div
          className="content"
          aria-busy={answer.isPlaceholderData}
          // Under a drawer that covers it, the page must not take the focus.
          inert={isOpen && narrow}
        >
          {answer.error !== null && <Trouble error={answer.error} data={data} />}
          {data !== undefined && (data.total.calls ?? 0) === 0 && <EmptyPeriod data={data} go={go} />}
          {data !== undefined && (data.total.calls ?? 0) > 0 && (
            <>
              <Sentence data={data} onShow={show} />
              <LedgerTable
                data={data}
                second={second}
                only={only}
                onShow={show}
                onMoreRows={() => go({ rows: '1000' })}
                away={answer.error !== null}
              />
              <CallsTable
                data={data}
                only={only}
                picked={address.call}
                onPick={(call, how) => go({ call }, how)}
                onClear={() => go({ only: '' })}
              />
            </>
          )}
        </div>
        {isOpen && (
          <ReceiptDrawer
            call={address.call}
            timeZone={data?.timeZone ?? 'UTC'}
            covers={narrow}
            onClose={() => go({ call: '' })}
          />
        )}
      </div>
    </Shell>
  );
}

function usePageTitle(call: string, data: LedgerAnswer | undefined): void {
  const period = data === undefined ? '' : `, ${periodText(data.during, data.timeZone)}`;
  const title = call === '' ? `Ledger${period} · Setpoint` : `Receipt ${call.slice(-12)} · Setpoint`;
  useEffect(() => {
    document.title = title;
  }, [title]);
}
