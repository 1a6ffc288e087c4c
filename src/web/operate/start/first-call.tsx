import type { LedgerLine } from '../../../api/contract.ts';
import { countText, durationText, exactMoney } from '../../../units/figures.ts';
import { statesOf } from '../../inform/ledger/line-states.ts';
import { Named, StateChip } from '../../parts/chips.tsx';
import { clockIn } from '../../parts/instants.ts';
import { onLink } from '../../parts/path.ts';
import type { Arrivals } from './arrivals.ts';

interface FirstCallProps {
  readonly arrivals: Arrivals;
  readonly timeZone: string;
}

/** Waits where everybody can see it, and shows the call as the ledger has it, a moment after it ended. */
export function FirstCall({ arrivals: { state, lines, before }, timeZone }: FirstCallProps) {
  const shown = lines.length > 0 ? lines : before ? [before] : [];
  return (
    <section className="card" aria-labelledby="first-call">
      <header>
        <h2 id="first-call">{lines.length > 0 ? 'It is in the ledger' : 'What arrives'}</h2>
        <p>{zoneText(timeZone)}</p>
      </header>
      <p className="body waiting" role="status">
        <span className={state === 'live' ? 'beacon' : 'beacon still'} aria-hidden="true" />
        {waitingText(state, lines.length, before)}
      </p>
      {shown.length > 0 && <Arrived lines={shown} timeZone={timeZone} isOld={lines.length === 0} />}
    </section>
  );
}

function zoneText(timeZone: string): string {
  return `Times in ${timeZone}`;
}

function waitingText(state: Arrivals['state'], arrived: number, before: Arrivals['before']): string {
  if (state === 'away')
    return 'The ledger cannot be heard just now. Calls are served and recorded all the same; they appear when it is back.';
  if (arrived > 0)
    return arrived === 1 ? 'Your call has arrived. Open its receipt.' : 'Calls arrive. Open a receipt.';
  if (state !== 'live') return 'Connecting to the live tail …';
  return before === null ? 'Waiting for the first call …' : 'Waiting for the next call …';
}

function Arrived({
  lines,
  timeZone,
  isOld,
}: {
  readonly lines: readonly LedgerLine[];
  readonly timeZone: string;
  readonly isOld: boolean;
}) {
  const clock = clockIn(timeZone);
  return (
    <div
      className="scroll"
      tabIndex={0}
      role="region"
      aria-label={isOld ? 'The newest call' : 'Calls that arrived'}
    >
      <table className="arrived">
        <caption className="sr">
          {isOld ? 'The newest call of before' : 'Calls that arrived, newest first'}
        </caption>
        <thead>
          <tr>
            <th scope="col" className="hide-s">
              Began
            </th>
            <th scope="col">Workflow</th>
            <th scope="col">Model</th>
            <th scope="col" className="num hide-s">
              Tokens in, out
            </th>
            <th scope="col" className="num hide-s">
              Took
            </th>
            <th scope="col" className="num">
              Cost
            </th>
            <th scope="col">Receipt</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <ArrivedRow key={line.id} line={line} began={clock(line.startedAt)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ArrivedRow({ line, began }: { readonly line: LedgerLine; readonly began: string }) {
  return (
    <tr>
      <td className="hide-s">{began}</td>
      <td>
        <Named name={line.workflow} dimension="workflow" />
      </td>
      <td>
        {line.model || line.modelRequested}{' '}
        {statesOf(line)
          .filter((state) => state !== 'unpriced')
          .map((state) => (
            <StateChip key={state} state={state} />
          ))}
      </td>
      <td className="num hide-s">
        {countText(line.inputTokens)}, {countText(line.outputTokens)}
      </td>
      <td className="num hide-s">{durationText(line.durationMs)}</td>
      <td className="num">
        {line.cost === null ? <StateChip state="unpriced" /> : exactMoney(line.cost, 4, '$')}
      </td>
      <td>
        <ReceiptLink call={line.call} />
      </td>
    </tr>
  );
}

export function ReceiptLink({ call }: { readonly call: string }) {
  const search = `?${new URLSearchParams({ call, during: 'all', simulated: 'include' }).toString()}`;
  return (
    <a className="proof" href={`/ledger${search}`} onClick={onLink('ledger', search)}>
      Open the receipt
    </a>
  );
}
