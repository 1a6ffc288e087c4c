/** The card of calls: what they are of, whether new ones come by themselves, how many there are, and the table. */
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';

import { countText } from '../../../units/figures.ts';
import { conditionsText } from '../../parts/conditions.ts';
import type { Conditions } from '../../parts/conditions.ts';
import { asking } from '../../parts/server.ts';
import { tell } from '../../parts/telling.ts';
import { CallsTable } from './calls-table.tsx';
import { keepChoice, readChoice } from './column-choice.ts';
import { ColumnsMenu } from './columns-menu.tsx';
import { LiveCounters } from './live-counters.tsx';
import { SumOf } from './sum-of.tsx';
import type { Tail } from './tail.ts';
import type { Calls, CallsQuestion } from './use-calls.ts';

export const CALLS_ID = 'calls';
/** Rows drawn beyond those in sight, so that a turn of the wheel shows no gap. */
const OVERSCAN = 24;

interface CallsCardProps {
  readonly calls: Calls;
  readonly question: CallsQuestion;
  readonly tail: Tail;
  /** The conditions beside those of the whole page. */
  readonly only: Conditions;
  /** False: nothing is read or drawn ahead; for measuring what that is worth. */
  readonly isAhead: boolean;
  readonly picked: string;
  readonly onPick: (call: string, how?: 'step' | 'replace') => void;
  readonly onClear: () => void;
}

export function CallsCard({ calls, question, tail, only, isAhead, picked, onPick, onClear }: CallsCardProps) {
  const card = useRef<HTMLElement>(null);
  const [choice, setChoice] = useState(() => readChoice(localStorage));
  const total = useQuery({
    queryKey: ['ledger', 'lines', question],
    queryFn: ({ signal }) => asking(signal).ledger({ ...question, of: ['lines'] }),
    refetchInterval: false,
  });
  const { waiting } = calls.state;
  const showWaiting = (): void => {
    card.current?.querySelector('.calls-region')?.scrollTo(0, 0);
    calls.feed.showWaiting();
  };
  return (
    <section className="card calls-card" aria-busy={calls.isStale} ref={card}>
      <header>
        <h2 id={CALLS_ID} tabIndex={-1}>
          Calls
        </h2>
        {only.length === 0 ? (
          <p>newest first</p>
        ) : (
          <p>
            {conditionsText(only)}, newest first
            <SumOf question={question} />
          </p>
        )}
        <div className="push acts">
          <LiveCounters tail={tail} question={question} />
          {only.length > 0 && (
            <button type="button" className="btn" onClick={onClear}>
              Show all
            </button>
          )}
          <ColumnsMenu
            choice={choice}
            onChoose={(next) => {
              keepChoice(localStorage, next);
              setChoice(next);
            }}
          />
        </div>
      </header>
      <div className="calls-place">
        {waiting > 0 && (
          <button type="button" className="btn primary new-calls" onClick={showWaiting}>
            {countText(waiting)} new {waiting === 1 ? 'call' : 'calls'}
          </button>
        )}
        <CallsTable
          {...{ calls, choice, picked, onPick }}
          total={total.data?.total.lines}
          timeZone={question.timeZone}
          overscan={isAhead ? OVERSCAN : 0}
        />
      </div>
      <Foot calls={calls} total={total.data?.total.lines} />
    </section>
  );
}

interface FootProps {
  readonly calls: Calls;
  readonly total: number | undefined;
}

function Foot({ calls, total }: FootProps) {
  const { list, late, error } = calls.state;
  const all = Math.max(total ?? 0, list.count);
  return (
    <footer>
      <span role="status">
        {list.hasMore && total !== undefined
          ? `${countText(list.count)} of ${countText(all)} lines read`
          : `${countText(list.count)} ${list.count === 1 ? 'line' : 'lines'}${list.hasMore ? ' read' : ''}`}
      </span>
      {error !== null && (
        <span className="warn" role="alert">
          {tell(error).title}: older lines are not there yet; asked for again by itself.
        </span>
      )}
      {late > 0 && (
        <button type="button" className="btn" onClick={() => calls.feed.reset()}>
          {countText(late)} {late === 1 ? 'line' : 'lines'} came late, among older ones: read anew
        </button>
      )}
      <span className="push hide-s keys">
        <kbd>j k</kbd> move <kbd>enter</kbd> receipt <kbd>esc</kbd> close <kbd>home end</kbd> ends
      </span>
    </footer>
  );
}
