/** Settings: what is in force and who said it, where everything lies, how it looks here, and how to take it along. */
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';

import { asking } from '../../parts/server.ts';
import { Trouble } from '../../inform/trouble.tsx';
import { useAddress } from '../../parts/address.ts';
import { Shell } from '../../parts/shell.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { AppearanceView } from './appearance-view.tsx';
import { EffectiveView } from './effective-view.tsx';
import { PlacesView } from './places-view.tsx';
import { ViewsView } from './views-view.tsx';
import { WorkspaceView } from './workspace-view.tsx';
import '../../gateway.css';

const DEFAULTS = { view: 'effective', find: '', said: '' } as const;

export function SettingsPage() {
  const [{ view, find, said }, go] = useAddress(DEFAULTS);
  const { data, error } = useQuery({
    queryKey: ['settings'],
    queryFn: ({ signal }) => asking(signal).settings(),
  });
  useEffect(() => {
    document.title = 'Settings · Setpoint';
  }, []);
  return (
    <Shell title="Settings">
      <div className="content" data-ready={data !== undefined}>
        {error !== null && <Trouble error={error} />}
        {data !== undefined && <p className="sentence">{data.sentence}</p>}
        <Tabs
          label="Parts of the settings"
          value={view}
          onChange={(name) => go({ view: name })}
          views={[
            {
              name: 'effective',
              label: 'In force',
              content:
                data === undefined ? null : <EffectiveView data={data} find={find} said={said} go={go} />,
            },
            { name: 'workspace', label: 'Workspace', content: <WorkspaceView settings={data} /> },
            {
              name: 'places',
              label: 'Data',
              content: data === undefined ? null : <PlacesView data={data} />,
            },
            { name: 'views', label: 'Views', content: <ViewsView /> },
            { name: 'appearance', label: 'Appearance', content: <AppearanceView /> },
          ]}
        />
      </div>
    </Shell>
  );
}
