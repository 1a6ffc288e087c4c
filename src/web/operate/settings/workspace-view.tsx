import type { ReactNode } from 'react';

import type { EffectiveSettings } from '../../../api/contract/settings.ts';
import { useWorkspace } from '../../parts/workspace.ts';
import { dateText } from '../../parts/instants.ts';
import { onLink } from '../../parts/path.ts';
import { DemoCompany } from '../start/demo-company.tsx';

/** Whose figures these are, in which zone, and how they end. */
export function WorkspaceView({ settings }: { readonly settings: EffectiveSettings | undefined }) {
  const data = useWorkspace();
  const valueOf = (path: string): string =>
    settings?.settings.find((setting) => setting.path === path)?.value ?? 'unknown';
  return (
    <div className="grid start-grid">
      <section className="card" aria-labelledby="workspace">
        <header>
          <h2 id="workspace">Workspace</h2>
        </header>
        <dl className="body facts-wide">
          <Fact what="Holds">
            {data === undefined
              ? 'unknown'
              : data.kind === 'demo'
                ? `the demo company ${data.company ?? ''}: fictional, no money was spent`
                : 'real calls'}
          </Fact>
          {data?.kind === 'demo' && data.now !== null && (
            <Fact what="Its history ends">
              {dateText(data.now)} UTC{data.frozen ? '; questions are asked as of then' : ''}
            </Fact>
          )}
          <Fact what="Time zone of reports">{valueOf('timeZone')}</Fact>
          <Fact what="Gateway listens">{valueOf('gateway.listen')}</Fact>
          <Fact what="API and this app listen">{valueOf('api.listen')}</Fact>
          <Fact what="Durability">{valueOf('gateway.durability')}</Fact>
        </dl>
        <footer>
          <a className="proof" href="/api/openapi.json">
            Description of the API
          </a>
          <a className="proof" href="/start" onClick={onLink('start')}>
            Get started
          </a>
          <span>The documentation lies in docs/ beside the program.</span>
        </footer>
      </section>
      <DemoCompany />
    </div>
  );
}

function Fact({ what, children }: { readonly what: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{what}</dt>
      <dd>{children}</dd>
    </div>
  );
}
