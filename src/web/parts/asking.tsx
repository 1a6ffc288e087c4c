/** What is being asked, when its answer takes a while: in words, with a way to stop it. What was shown before stays as it is. */
import { notifyManager, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Query, QueryCache } from '@tanstack/react-query';
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';

import { isStopped, release, stop } from './stopped.ts';

/** Below this an answer is simply there. */
const LONG_MS = 600;
const STEP_MS = 500;
const UNCHANGED = 'Nothing was changed.';
const OLD = `${UNCHANGED} The figures shown answer the question before.`;

/** Counted by the server, never guessed; null: not known. */
interface Steps {
  readonly done: number | null;
  readonly of: number | null;
}

interface AskingProps {
  /** The first words of the keys of its questions: `forecasts show`. */
  readonly of: string;
  /** `Forecasting Organisation`. */
  readonly what: string;
  /** The figures beneath answer the question before. */
  readonly isOld: boolean;
  /** Asked of the server while it works. */
  readonly steps?: () => Promise<Steps>;
  /** What a step is: `workflows`. */
  readonly unit?: string;
}

/** Only questions without an answer count: one that is asked again for fresher figures is nobody's to wait for. */
export function Asking({ of, what, isOld, steps, unit = '' }: AskingProps) {
  const cache = useQueryClient().getQueryCache();
  const state = useStateOf(cache, of);
  const seconds = useSeconds(state === 'asking');
  const [isAgain, setAgain] = useState(false); // what was just asked again is said at once: the hand is still on its button
  useEffect(() => () => cache.findAll({ queryKey: of.split(' ') }).forEach(release), [cache, of]);
  if (isAgain && state === 'nothing') setAgain(false);
  const isShown = state === 'stopped' || (state === 'asking' && (isAgain || seconds !== undefined));
  return (
    <div className="asking-place">
      <AskingBar
        {...{ what, seconds }}
        after={isOld ? OLD : UNCHANGED}
        state={isShown ? state : 'nothing'}
        onStop={() => openOf(cache, of).forEach(stop)}
        onAgain={() => {
          setAgain(true);
          for (const query of cache.findAll({ queryKey: of.split(' ') }))
            if (release(query)) query.fetch().catch(() => undefined); // the page says what went wrong
        }}
      >
        {steps !== undefined && <Counted {...{ of, steps, unit }} />}
      </AskingBar>
    </div>
  );
}

type State = 'nothing' | 'asking' | 'stopped';

function useStateOf(cache: QueryCache, of: string): State {
  const subscribe = useCallback(
    (listen: () => void) => cache.subscribe(notifyManager.batchCalls(listen)),
    [cache],
  );
  return useSyncExternalStore(subscribe, () => {
    if (openOf(cache, of).length > 0) return 'asking';
    return watched(cache, of).some(isStopped) ? 'stopped' : 'nothing';
  });
}

function watched(cache: QueryCache, of: string): Query[] {
  return cache.findAll({ queryKey: of.split(' '), predicate: (query) => query.getObserversCount() > 0 });
}

function openOf(cache: QueryCache, of: string): Query[] {
  return watched(cache, of).filter(
    ({ state }) => state.data === undefined && state.fetchStatus === 'fetching',
  );
}

/** Whole seconds that it takes; undefined: it takes none to speak of. */
export function useSeconds(isAsking: boolean): number | undefined {
  const [seconds, setSeconds] = useState<number>();
  useEffect(() => {
    if (!isAsking) return undefined;
    const began = performance.now();
    const tell = (): void => setSeconds(Math.floor((performance.now() - began) / 1000));
    const first = setTimeout(tell, LONG_MS);
    const each = setInterval(tell, 1000);
    return () => {
      clearTimeout(first);
      clearInterval(each);
      setSeconds(undefined);
    };
  }, [isAsking]);
  return seconds;
}

interface AskingBarProps {
  readonly state: State;
  readonly what: string;
  readonly seconds: number | undefined;
  /** What a stop left behind. */
  readonly after?: string;
  /** What went wrong, where nobody stopped it. */
  readonly failed?: string | undefined;
  readonly onStop: () => void;
  readonly onAgain: () => void;
  /** Where it is over no page that could be left. */
  readonly onClose?: () => void;
  readonly children?: ReactNode;
}

/** One button in one place, so that who stops can ask again without looking for it. Time is not read aloud each second. */
export function AskingBar(props: AskingBarProps) {
  const { state, what, seconds = 0, after = UNCHANGED, failed, onStop, onAgain, onClose, children } = props;
  const isAsking = state === 'asking';
  return (
    <div className={state === 'nothing' ? undefined : 'asking-bar'}>
      <p role="status">{isAsking ? `${what}…` : state === 'stopped' && (failed ?? `Stopped. ${after}`)}</p>
      {isAsking && children}
      {isAsking && <span className="quiet num">{seconds} s</span>}
      {state !== 'nothing' && (
        <button
          type="button"
          className="btn"
          {...(isAsking && { 'aria-keyshortcuts': 'Escape' })}
          onClick={isAsking ? onStop : onAgain}
          onKeyDown={(event) => {
            if (!isAsking || event.key !== 'Escape') return;
            event.preventDefault(); // the dialog around it stays
            event.stopPropagation();
            onStop();
          }}
        >
          {isAsking ? 'Cancel' : 'Ask again'}
        </button>
      )}
      {state === 'stopped' && onClose && (
        <button type="button" className="btn plain" onClick={onClose}>
          Close
        </button>
      )}
    </div>
  );
}

function Counted({ of, steps, unit }: Required<Pick<AskingProps, 'of' | 'steps' | 'unit'>>) {
  const { data } = useQuery({ queryKey: ['steps', of], queryFn: steps, refetchInterval: STEP_MS, gcTime: 0 });
  return <StepsBar done={data?.done ?? null} of={data?.of ?? null} unit={unit} />;
}

export function StepsBar({ done, of, unit }: Steps & { readonly unit: string }) {
  if (done === null || of === null) return null;
  return (
    <>
      <progress aria-label={unit} value={done} max={of} />
      <span className="quiet num">
        {done} of {of} {unit}
      </span>
    </>
  );
}
