import { useQuery } from '@tanstack/react-query';

import type { GatewayAddress, LedgerAnswer } from '../../api/contract.ts';
import { countText } from '../../units/figures.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { periodText } from '../parts/instants.ts';
import { onLink } from '../parts/path.ts';
import { api } from '../parts/server.ts';

/** No call, and no money either: second attempts and corrections are no calls of their own, and cost all the same. */
export function isEmptyPeriod({ total }: LedgerAnswer): boolean {
  return (total.calls ?? 0) === 0 && (total.cost ?? '0') === '0';
}

/** How a sum goes on that has no call in it. */
export const WITHOUT_CALLS = 'no call began here; second attempts, corrections or shared costs make it up';

interface EmptyPeriodProps {
  readonly data: LedgerAnswer;
  /** Asks for something else: another period, or the simulated calls. */
  readonly go: (change: { readonly during?: string; readonly simulated?: string }) => void;
}

/** A period without calls: while it runs it teaches and watches, afterwards it says so. */
export function EmptyPeriod({ data, go }: EmptyPeriodProps) {
  const period = periodText(data.during, data.timeZone);
  if (data.simulated === 'exclude' && data.simulatedCalls > 0)
    return (
      <section className="card empty">
        <h2>No real call, {period}</h2>
        <p>{countText(data.simulatedCalls)} simulated calls are left out: no money was spent on them.</p>
        <button type="button" className="btn" onClick={() => go({ simulated: 'only' })}>
          Show the simulated calls
        </button>
      </section>
    );
  if (Date.parse(data.during.to) <= data.asOfMs)
    return (
      <section className="card empty">
        <h2>No call, {period}</h2>
        <p>Nothing that the ledger knows of went through the gateway then.</p>
        <button type="button" className="btn" onClick={() => go({ during: '' })}>
          Show this month
        </button>
      </section>
    );
  return <FirstCall />;
}

function FirstCall() {
  const around = useQuery({ queryKey: ['first-call'], queryFn: readSurroundings });
  const snippet = around.data === undefined ? undefined : snippetOf(around.data);
  return (
    <section className="card empty" aria-live="polite">
      <h2>Waiting for the first call of this period</h2>
      <p>
        Point an application at the gateway by its base URL, or paste this. The call appears here by itself.
      </p>
      {snippet !== undefined && (
        <>
          <pre className="snippet" tabIndex={0} aria-label="A call to try">
            {snippet}
          </pre>
          <div className="acts">
            <CopyButton text={snippet} label="Copy the call" />
            <a className="btn plain" href="/start" onClick={onLink('start')}>
              Other ways to begin
            </a>
          </div>
        </>
      )}
      {around.data?.needsKey === true && (
        <p>
          It needs a key: <span className="mono">setpoint key create</span> or{' '}
          <a className="proof" href="/start" onClick={onLink('start')}>
            Get started
          </a>{' '}
          makes one, shown once.
        </p>
      )}
    </section>
  );
}

interface Surroundings {
  readonly gateway: GatewayAddress | null;
  readonly needsKey: boolean;
  /** Whether the simulator is there to answer without money. */
  readonly simulator: boolean;
}

const LOOPBACK = /^(localhost|::1|127\.)/;
const MOST_KEYS = 1_000;

/** A call needs a key once one is active, or when others than this machine can reach the gateway. */
async function readSurroundings(): Promise<Surroundings> {
  const [{ gateway, providers }, { keys }] = await Promise.all([
    api.providers(),
    api.keys({ limit: MOST_KEYS }),
  ]);
  const onLoopback = gateway === null || LOOPBACK.test(gateway.host ?? '');
  return {
    gateway,
    needsKey: !onLoopback || keys.some(({ state }) => state === 'active'),
    simulator: providers.some(({ simulated, serving }) => simulated && serving),
  };
}

function snippetOf({ gateway, needsKey, simulator }: Surroundings): string {
  const host = gateway?.host ?? location.hostname;
  const base = `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${gateway?.port ?? 4000}`;
  return [
    `curl ${base}/v1/chat/completions`,
    ...(needsKey ? [`-H 'authorization: Bearer YOUR_SETPOINT_KEY'`] : []),
    `-H 'content-type: application/json'`,
    `-H 'x-setpoint-workflow: support' -H 'x-setpoint-team: CX'`,
    `-d '{"model":"${simulator ? 'sim-small' : 'YOUR_MODEL'}","messages":[{"role":"user","content":"Where is my order?"}]}'`,
  ].join(' \\\n  ');
}
