/** The gateway: who answers calls and how well, which way they go, who may call, and a call of one's own. */
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';

import { asking } from '../../parts/server.ts';
import { Trouble } from '../../inform/trouble.tsx';
import { useAddress } from '../../parts/address.ts';
import { shortInstant } from '../../parts/instants.ts';
import { Shell } from '../../parts/shell.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { KeysView } from './keys-view.tsx';
import { PlaygroundView } from './playground-view.tsx';
import { ProcessesView } from './processes-view.tsx';
import { ProvidersView } from './providers-view.tsx';
import { RoutesView } from './routes-view.tsx';
import '../../gateway.css';

const DEFAULTS = { view: 'providers' } as const;
const REFRESH_MS = 5_000;

export function GatewayPage() {
  const [{ view }, go] = useAddress(DEFAULTS);
  const { data, error } = useQuery({
    queryKey: ['gateway'],
    queryFn: ({ signal }) => asking(signal).gateway(),
    refetchInterval: REFRESH_MS,
  });
  useEffect(() => {
    document.title = 'Gateway · Setpoint';
  }, []);
  return (
    <Shell title="Gateway">
      <div className="filters" role="toolbar" aria-label="Filters">
        {data !== undefined && (
          <p className="facts">
            <span>last {data.minutes} minutes</span>
            <span className={error === null ? 'live' : 'stale'}>
              as of {shortInstant(data.at, 'UTC')} UTC
            </span>
          </p>
        )}
      </div>
      <div className="content" data-ready={data !== undefined}>
        {error !== null && <Trouble error={error} />}
        {data !== undefined && (
          <>
            <p className="sentence">{data.sentence}</p>
            <Tabs
              label="Parts of the gateway"
              value={view}
              onChange={(name) => go({ view: name })}
              views={[
                { name: 'providers', label: 'Providers', content: <ProvidersView standing={data} /> },
                { name: 'routes', label: 'Routes', content: <RoutesView standing={data} /> },
                { name: 'keys', label: 'Keys', content: <KeysView /> },
                { name: 'processes', label: 'Processes', content: <ProcessesView standing={data} /> },
                { name: 'playground', label: 'Playground', content: <PlaygroundView /> },
              ]}
            />
          </>
        )}
      </div>
    </Shell>
  );
}
