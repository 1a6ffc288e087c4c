/** Whose spend it is: how much of it is known and how, what is missing, and the rules that name it. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import type { CoverageAnswer, NewRule } from '../../../api/contract/attribution.ts';
import { useAddress } from '../../parts/address.ts';
import { Content } from '../../parts/content.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { useFilters } from '../../parts/filters.ts';
import { Icon } from '../../parts/icon.tsx';
import { Segments } from '../../parts/segments.tsx';
import { Shell } from '../../parts/shell.tsx';
import { filesOf } from '../files.ts';
import { asking } from '../../parts/server.ts';
import { Trouble } from '../trouble.tsx';
import { CoverageSentence } from './coverage-sentence.tsx';
import { Coverage } from './coverage.tsx';
import { Missing } from './missing.tsx';
import { RuleDialog } from './rule-dialog.tsx';
import { Rules } from './rules.tsx';
import { SharedCost } from './shared-cost.tsx';

const DEFAULTS = { view: 'coverage' } as const;
const VIEWS = { coverage: 'Coverage', rules: 'Rules', shared: 'Shared cost' };
const NO_RULE: NewRule = { id: '', when: [{ sign: 'path', is: [] }], set: {} };

export function AttributionPage() {
  const [{ view }, go] = useAddress(DEFAULTS);
  const [{ during, zone }] = useFilters();
  const scope = { during, ...(zone !== '' && { timeZone: zone }) };
  const [draft, setDraft] = useState<NewRule>();
  const ask = { ...scope, by: 'week' } as const;
  const rest = { ...scope, limit: 12 };
  const coverage = useQuery({
    queryKey: ['attribution', 'coverage', scope],
    queryFn: ({ signal }) => asking(signal).attribution.coverage(ask),
  });
  const missing = useQuery({
    queryKey: ['attribution', 'missing', scope],
    queryFn: ({ signal }) => asking(signal).attribution.missing(rest),
  });
  const { data } = coverage;
  const error = coverage.error ?? missing.error;
  const isOld = coverage.isPlaceholderData || missing.isPlaceholderData;
  useEffect(() => {
    document.title = 'Attribution · Setpoint';
  }, []);
  const newRule = (
    <button type="button" className="btn" onClick={() => setDraft(NO_RULE)}>
      <Icon name="plus" />
      New rule
    </button>
  );
  return (
    <Shell
      title="Attribution"
      acts={newRule}
      links={[
        ...filesOf('Coverage by week', 'coverage', ask),
        ...filesOf('What is missing', 'missing', rest),
      ]}
    >
      <FilterBar
        views={<Segments label="View" value={view} choices={VIEWS} onChange={(next) => go({ view: next })} />}
        show={['period']}
        facts={data}
        away={error !== null}
      />
      <Content isOld={isOld} isReady={data !== undefined && !isOld}>
        {error !== null && <Trouble error={error} />}
        {data !== undefined && data.total.calls === 0 && <NoSpend data={data} />}
        {data !== undefined && data.total.calls > 0 && (
          <>
            <CoverageSentence data={data} />
            {view === 'coverage' && <Coverage data={data} />}
            {view === 'coverage' && <Missing data={missing.data} onDraft={setDraft} />}
          </>
        )}
        {view === 'rules' && <Rules during={during} onEdit={setDraft} />}
        {view === 'shared' && <SharedCost />}
      </Content>
      {draft !== undefined && (
        <RuleDialog draft={draft} during={during} onClose={() => setDraft(undefined)} />
      )}
    </Shell>
  );
}

/** Without spend there is nothing to attribute: say how calls name their workflow. */
function NoSpend({ data }: { readonly data: CoverageAnswer }) {
  return (
    <section className="card empty">
      <h2>No money was spent in this period</h2>
      <p>
        {data.simulatedCalls > 0 && 'Simulated calls cost nothing and are left out. '}
        Calls name their workflow in a header; a key can name it for them; a rule names what says nothing.
      </p>
      <pre className="snippet" tabIndex={0} aria-label="Headers that name a call">
        {'x-setpoint-workflow: support\nx-setpoint-team: CX\nx-setpoint-customer: Halcyon Retail'}
      </pre>
    </section>
  );
}
