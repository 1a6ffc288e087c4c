import { useQuery } from '@tanstack/react-query';

import type { GatewayStanding, Worker } from '../../../api/contract/gateway.ts';
import { bytesText, countText, durationText, shareText } from '../../../units/figures.ts';
import { asking } from '../../parts/server.ts';
import { shortInstant } from '../../parts/instants.ts';

const REFRESH_MS = 5_000;

/** The gateway's processes on this machine, and how far the ledger is behind what they wrote. */
export function ProcessesView({ standing }: { readonly standing: GatewayStanding }) {
  return (
    <div className="stack">
      <section className="card" aria-labelledby="processes">
        <header>
          <h2 id="processes">Processes</h2>
          <p>Gateways of the machine that this page comes from</p>
        </header>
        {standing.workers === null || standing.workers.length === 0 ? (
          <p className="body soft">
            No gateway of this machine has said how it stands. Gateways on other hosts say it on their own
            /readyz and /metrics.
          </p>
        ) : (
          <Workers workers={standing.workers} newest={standing.rulebook?.version} />
        )}
      </section>
      <DrainCard spool={standing.spool} />
    </div>
  );
}

function Workers({
  workers,
  newest,
}: {
  readonly workers: readonly Worker[];
  readonly newest: number | undefined;
}) {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Table of processes">
      <table>
        <thead>
          <tr>
            <th scope="col">Process</th>
            <th scope="col">State</th>
            <th scope="col" className="num">
              Calls under way
            </th>
            <th scope="col">Rulebook</th>
            <th scope="col">Journal</th>
            <th scope="col">Load</th>
            <th scope="col" className="num">
              Busy
            </th>
            <th scope="col" className="num">
              Memory
            </th>
            <th scope="col">Up since</th>
          </tr>
        </thead>
        <tbody>
          {workers.map((worker) => (
            <tr key={`${worker.name} ${worker.pid}`}>
              <td>
                <span className="name">{worker.name}</span> <span className="quiet">{worker.pid}</span>
              </td>
              <td>
                <span className={worker.state === 'serving' ? 'chip good' : 'chip'}>
                  {worker.state === 'serving' ? 'takes calls' : 'finishes its calls'}
                </span>
              </td>
              <td className="num">{countText(worker.inFlight)}</td>
              <td>
                {worker.rulebook}{' '}
                {worker.obeysNewest === false && <span className="chip warn">newest is {newest}</span>}
              </td>
              <td>
                {worker.journal === 'open'
                  ? `written, ${Math.round(worker.syncLagMs)} ms to disk`
                  : worker.journal}
              </td>
              <td>
                {worker.overload === 'normal' ? (
                  'normal'
                ) : (
                  <span className="chip warn">{worker.overload}</span>
                )}
              </td>
              <td className="num">{shareText(worker.busyShare)}</td>
              <td className="num">{shareText(worker.memoryShare)}</td>
              <td>{shortInstant(worker.startedAt, 'UTC')} UTC</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function DrainCard({ spool }: { readonly spool: GatewayStanding['spool'] }) {
  const { data } = useQuery({
    queryKey: ['health', 'report'],
    queryFn: ({ signal }) => asking(signal).healthReport(),
    refetchInterval: REFRESH_MS,
  });
  if (data === undefined) return null;
  const { ledger, disk, parts, reload } = data;
  return (
    <section className="card" aria-labelledby="drain">
      <header>
        <h2 id="drain">From journals to the ledger</h2>
      </header>
      <dl className="body facts-wide">
        <div>
          <dt>Lines in the ledger</dt>
          <dd>{ledger === null ? 'the ledger does not answer' : countText(ledger.lines)}</dd>
        </div>
        <div>
          <dt>Waiting in journals</dt>
          <dd>
            {ledger === null ? 'unknown' : `${countText(ledger.backlogFrames)} frames`}
            {spool !== null && `, ${bytesText(spool.bytes)}`}
          </dd>
        </div>
        <div>
          <dt>Answers are complete until</dt>
          <dd>
            {ledger === null
              ? 'unknown'
              : `${shortInstant(ledger.completeUntil, 'UTC')} UTC, ${durationText(ledger.lagSeconds * 1_000)} ago`}
          </dd>
        </div>
        <div>
          <dt>Free on the data’s disk</dt>
          <dd>
            {disk === null ? 'unknown' : `${bytesText(disk.freeBytes)} of ${bytesText(disk.totalBytes)}`}
          </dd>
        </div>
        <div>
          <dt>Parts</dt>
          <dd>
            {parts.map(({ name, ready, detail }) => (
              <span key={name} className={ready ? 'chip good' : 'chip bad'} title={detail}>
                {name} {ready ? 'ready' : 'not ready'}
              </span>
            ))}
          </dd>
        </div>
        <div>
          <dt>Last reload of settings</dt>
          <dd>{reloadText(reload)}</dd>
        </div>
      </dl>
    </section>
  );
}

function reloadText(reload: { number: number; state: string; words: string } | null): string {
  if (reload === null) return 'no supervisor runs';
  return reload.number === 0 ? 'none since the start' : `${reload.state}: ${reload.words}`;
}
