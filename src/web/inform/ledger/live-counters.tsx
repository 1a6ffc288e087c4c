/** Whether new calls come by themselves, how many, and what the day has cost so far. */
import { useQuery } from '@tanstack/react-query';

import { dateFormat } from '../../../units/date-format.ts';
import { countText, moneyText, pricedPart } from '../../../units/figures.ts';
import { asking } from '../../parts/server.ts';
import type { TailState } from './tail-connection.ts';
import type { Tail } from './tail.ts';
import type { CallsQuestion } from './use-calls.ts';

const WORDS: Readonly<Record<TailState, string>> = {
  off: 'Not live',
  connecting: 'Connecting',
  live: 'Live',
  away: 'Server away, trying again',
  paused: 'Paused',
};
const MEANS: Readonly<Record<TailState, string>> = {
  off: 'This period is over: nothing new comes',
  connecting: 'Waiting for the server',
  live: 'New calls appear by themselves; press to pause',
  away: 'New calls are recorded meanwhile and appear once the server answers',
  paused: 'Nothing on this page moves; press to go on where it stood',
};

interface LiveCountersProps {
  readonly tail: Tail;
  readonly question: CallsQuestion;
}

export function LiveCounters({ tail, question }: LiveCountersProps) {
  const { state, callsAMinute, sinceMs } = tail;
  const isOn = state !== 'paused' && state !== 'off';
  const { simulated, where, timeZone } = question;
  const today = useQuery({
    queryKey: ['ledger', 'today', simulated, where, timeZone],
    queryFn: ({ signal }) =>
      asking(signal).ledger({
        simulated,
        where,
        timeZone,
        during: 'today',
        of: ['calls', 'cost', 'unpricedCalls'],
      }),
    enabled: state !== 'off',
  });
  return (
    <>
      {state !== 'off' && (
        <p className="counters">
          <Minute calls={callsAMinute} sinceMs={sinceMs} timeZone={timeZone} />
          {today.data !== undefined && <Today figures={today.data.total} />}
        </p>
      )}
      <button
        type="button"
        className={`btn live-toggle ${state}`}
        aria-pressed={isOn}
        disabled={state === 'off'}
        title={MEANS[state]}
        onClick={isOn ? tail.pause : tail.resume}
      >
        <i aria-hidden="true" />
        {WORDS[state]}
      </button>
      <span className="sr" role="status">
        {WORDS[state]}. {MEANS[state]}
      </span>
    </>
  );
}

interface MinuteProps {
  readonly calls: number | null;
  readonly sinceMs: number | null;
  readonly timeZone: string;
}

function Minute({ calls, sinceMs, timeZone }: MinuteProps) {
  if (calls === null) return null;
  const since =
    sinceMs === null
      ? 'a minute'
      : `since ${dateFormat('en-GB', { timeZone, timeStyle: 'medium' }).format(sinceMs)}`;
  return (
    <span>
      <b>{countText(calls)}</b> {calls === 1 ? 'call' : 'calls'} {since}
    </span>
  );
}

interface TodayProps {
  readonly figures: {
    readonly calls?: number | undefined;
    readonly cost?: string | undefined;
    readonly unpricedCalls?: number | undefined;
  };
}

function Today({ figures: { calls = 0, cost = '0', unpricedCalls = 0 } }: TodayProps) {
  const priced = pricedPart(calls, unpricedCalls);
  return (
    <>
      <span>
        <b>{countText(calls)}</b> today
      </span>
      <span title={priced === 'none' ? undefined : `$${cost}, exact`}>
        <b>{priced === 'none' ? 'unpriced' : moneyText(cost)}</b> today
        {priced === 'some' && `, ${countText(unpricedCalls)} unpriced`}
      </span>
    </>
  );
}
