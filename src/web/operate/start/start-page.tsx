/** Get started: a call to paste, what arrives of it, and what makes it worth something. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { api } from '../../parts/server.ts';
import { Trouble } from '../../inform/trouble.tsx';
import { useAddress } from '../../parts/address.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Shell } from '../../parts/shell.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { useArrivals } from './arrivals.ts';
import type { Arrivals } from './arrivals.ts';
import { DemoCompany } from './demo-company.tsx';
import { FirstCall } from './first-call.tsx';
import { KeyMaker } from './key-maker.tsx';
import { NextSteps } from './next-steps.tsx';
import { snippetsOf } from './snippets.ts';
import type { Snippet } from './snippets.ts';
import { readSurroundings } from './surroundings.ts';
import type { Surroundings } from './surroundings.ts';
import '../../gateway.css';

const DEFAULTS = { client: 'curl' } as const;
const PLACEHOLDER = 'YOUR_SETPOINT_KEY';

export function StartPage() {
  const around = useQuery({
    queryKey: ['start', 'around'],
    queryFn: readSurroundings,
    refetchInterval: 10_000,
  });
  const zone = useTimeZone();
  const arrivals = useArrivals();
  const [secret, setSecret] = useState('');
  useEffect(() => {
    document.title = 'Get started · Setpoint';
  }, []);
  const { data } = around;
  const line = arrivals.lines[0] ?? arrivals.before ?? undefined;
  return (
    <Shell title="Get started">
      <div className="content" data-ready={data !== undefined && arrivals.before !== undefined}>
        {around.error !== null && <Trouble error={around.error} />}
        {data !== undefined && (
          <>
            <p className="sentence">{sentenceOf(data, arrivals)}</p>
            <div className="grid start-grid">
              <div className="stack">
                <CallCard around={data} secret={secret} onMade={setSecret} />
                <FirstCall arrivals={arrivals} timeZone={zone} />
              </div>
              <div className="stack">
                <NextSteps line={line} needsKey={data.needsKey || secret !== ''} budgets={data.budgets} />
                <DemoCompany />
              </div>
            </div>
          </>
        )}
      </div>
    </Shell>
  );
}

/** The server's reporting zone, as an empty question tells it. */
function useTimeZone(): string {
  const { data } = useQuery({
    queryKey: ['start', 'zone'],
    queryFn: async () => (await api.settings()).settings.find(({ path }) => path === 'timeZone')?.value,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data ?? 'UTC';
}

function sentenceOf({ base, needsKey, simulated }: Surroundings, { lines, before }: Arrivals): string {
  const where = `The gateway listens at ${base}`;
  const how = needsKey ? 'asks for a Setpoint key' : 'needs no key from this machine';
  const who = simulated ? ', and the simulator answers without a cost' : '';
  if (lines.length > 0) return `${where}; a call has just arrived, and its cost is itemized below.`;
  if (before === undefined || before === null)
    return `${where} and ${how}${who}; no call has reached it yet.`;
  return `${where} and ${how}${who}; point another application at it.`;
}

interface CallCardProps {
  readonly around: Surroundings;
  readonly secret: string;
  readonly onMade: (secret: string) => void;
}

function CallCard({ around, secret, onMade }: CallCardProps) {
  const [{ client }, go] = useAddress(DEFAULTS);
  const { base, models, needsKey, served } = around;
  const key = secret === '' && needsKey ? PLACEHOLDER : secret;
  const snippets = snippetsOf({ base, key, models });
  return (
    <section className="card" aria-labelledby="send-a-call">
      <header>
        <h2 id="send-a-call">Send a call</h2>
        <p>Only the address changes in your application.</p>
      </header>
      <Tabs
        label="Client"
        value={client}
        onChange={(name) => go({ client: name }, 'replace')}
        views={snippets.map((snippet) => ({
          name: snippet.name,
          label: snippet.label,
          content: <Call snippet={snippet} isServed={served.includes(snippet.dialect)} />,
        }))}
      />
      <KeyMaker needsKey={needsKey} secret={secret} onMade={onMade} />
    </section>
  );
}

function Call({ snippet, isServed }: { readonly snippet: Snippet; readonly isServed: boolean }) {
  const { label, code, install, dialect } = snippet;
  return (
    <div className="call-tab">
      {install !== '' && (
        <p className="soft small">
          First: <code className="mono">{install}</code>
        </p>
      )}
      <pre className="snippet" tabIndex={0} aria-label={`A call with ${label}`}>
        {code}
      </pre>
      <div className="acts">
        <CopyButton text={code} label="Copy the call" />
        {!isServed && (
          <span className="chip warn">
            no provider of the dialect {dialect} serves now: add one in setpoint.yaml
          </span>
        )}
      </div>
    </div>
  );
}
