/** The lines of what is shown, paged through and kept up to date; the same for the table and for the receipt beside it. */
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';

import type { LedgerAnswer } from '../../../api/contract.ts';
import type { Conditions } from '../../parts/conditions.ts';
import { api } from '../../parts/server.ts';
import { placeOf, rowAt } from './call-list.ts';
import type { CallList } from './call-list.ts';
import { CallsFeed } from './calls-feed.ts';
import type { FeedState } from './calls-feed.ts';
import { isOfKind, lineMatches } from './line-matches.ts';
import type { Tail } from './tail.ts';

export interface CallsQuestion {
  readonly during: string;
  readonly simulated: LedgerAnswer['simulated'];
  readonly where: Conditions;
  readonly timeZone: string;
}

export interface Calls {
  readonly feed: CallsFeed;
  readonly state: FeedState;
  /** The question changed and its first lines are not there yet: those of the one before stay. */
  readonly isStale: boolean;
}

/** An answer takes a fraction of a second; within it a quick hand scrolls some hundred rows. */
const PAGE_ROWS = 500;

/** @param isReading whether somebody must not be moved by what arrives; the same function at every call */
export function useCalls(
  question: CallsQuestion,
  tail: Tail,
  { ahead, isReading }: { readonly ahead: number; readonly isReading: () => boolean },
): Calls {
  const key = JSON.stringify(question);
  const wanted = useMemo(() => {
    const { during, simulated, where, timeZone } = JSON.parse(key) as CallsQuestion;
    return new CallsFeed({
      pageRows: PAGE_ROWS,
      ahead,
      ask: (cursor, limit) =>
        api.calls({ during, simulated, where, timeZone, limit, ...(cursor !== '' && { cursor }) }),
    });
  }, [key, ahead]);
  const coming = useSyncExternalStore(wanted.subscribe, wanted.state);
  const [shown, setShown] = useState(wanted);
  const isThere = coming.list.pages.length > 0 || coming.error !== null;
  if (isThere && shown !== wanted) setShown(wanted);
  const state = useSyncExternalStore(shown.subscribe, shown.state);
  const { listen } = tail;
  useEffect(() => {
    const { simulated, where } = JSON.parse(key) as CallsQuestion;
    return listen({
      begun: () => void wanted.catchUp(isReading),
      lines(lines) {
        const own = lines.filter((line) => isOfKind(line, simulated) && lineMatches(line, where));
        if (own.length > 0) wanted.arrived(own, isReading());
      },
    });
  }, [wanted, key, listen, isReading]);
  return { feed: shown, state, isStale: shown !== wanted };
}

/** The call before or after one, among the lines that are there. */
export function neighbourCall(list: CallList, call: string, step: 1 | -1): string | undefined {
  let place = placeOf(list, call);
  if (place < 0) return undefined;
  while (rowAt(list, place)?.call === call) place += step;
  return rowAt(list, place)?.call;
}
