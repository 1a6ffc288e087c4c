/** The live tail of the page: whether it runs, what it has counted, and who listens to its lines. */
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

import type { LedgerLine } from '../../../api/contract.ts';
import type { Conditions } from '../../parts/conditions.ts';
import { api } from '../../parts/server.ts';
import { TailConnection } from './tail-connection.ts';
import type { TailState } from './tail-connection.ts';

export interface TailListener {
  lines(lines: readonly LedgerLine[]): void;
  /** The tail began at "now". */
  begun(): void;
}

export interface Tail {
  readonly state: TailState;
  /** Calls that arrived during the last minute; null: it does not listen. */
  readonly callsAMinute: number | null;
  /** Since when it listens, where that is less than a minute. */
  readonly sinceMs: number | null;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly listen: (listener: TailListener) => () => void;
}

const MINUTE_MS = 60_000;
const COUNT_EVERY_MS = 1_000;
/** Totals are asked for anew at most so often, however many calls arrive. */
const TOTALS_EVERY_MS = 2_000;
const KEPT_PAUSE = 'setpoint:tail';

/** @param isOn whether anything new can come: a period that is over has no tail. */
export function useTail(where: Conditions, isOn: boolean): Tail {
  const [state, setState] = useState<TailState>('off');
  const [isPaused, setPaused] = useState(() => localStorage.getItem(KEPT_PAUSE) === 'paused');
  const isHidden = useHidden();
  const [listeners] = useState(() => new Set<TailListener>());
  const [minute, count] = useMinute(state);
  const refresh = useThrottledTotals();
  const whereText = JSON.stringify(where);
  const connection = useMemo(() => {
    const conditions = JSON.parse(whereText) as Conditions;
    return new TailConnection({
      open: (following) => api.tail({ where: conditions }, following),
      onState: setState,
      onBegun: () => listeners.forEach((one) => one.begun()),
      onLines(lines) {
        count(lines);
        refresh();
        listeners.forEach((one) => one.lines(lines));
      },
    });
  }, [whereText, count, refresh, listeners]);
  useEffect(() => {
    // A page that nobody sees holds no connection; shown again, it goes on where it stood.
    if (isOn && !isPaused && !isHidden) connection.start();
    else connection.stop(isOn && isPaused ? 'paused' : 'off');
    return () => connection.stop('off');
  }, [connection, isOn, isPaused, isHidden]);
  const listen = useCallback(
    (listener: TailListener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    [listeners],
  );
  const keep = (paused: boolean): void => {
    if (paused) localStorage.setItem(KEPT_PAUSE, 'paused');
    else localStorage.removeItem(KEPT_PAUSE);
    setPaused(paused);
  };
  return {
    state,
    ...minute,
    pause: () => keep(true),
    resume: () => keep(false),
    listen,
  };
}

type Minute = Pick<Tail, 'callsAMinute' | 'sinceMs'>;
const NO_MINUTE: Minute = { callsAMinute: null, sinceMs: null };

/** How many calls arrived in the last minute, said once a second. */
function useMinute(state: TailState): [Minute, (lines: readonly LedgerLine[]) => void] {
  const arrived = useRef<Array<readonly [atMs: number, calls: number]>>([]);
  const [minute, setMinute] = useState(NO_MINUTE);
  useEffect(() => {
    arrived.current = [];
    if (state !== 'live') return undefined;
    const startMs = Date.now();
    const timer = setInterval(() => {
      const fromMs = Date.now() - MINUTE_MS;
      arrived.current = arrived.current.filter(([atMs]) => atMs > fromMs);
      const calls = arrived.current.reduce((sum, [, counted]) => sum + counted, 0);
      setMinute({ callsAMinute: calls, sinceMs: startMs > fromMs ? startMs : null });
    }, COUNT_EVERY_MS);
    return () => clearInterval(timer);
  }, [state]);
  const count = useCallback((lines: readonly LedgerLine[]) => {
    arrived.current.push([Date.now(), lines.reduce((sum, line) => sum + Math.max(line.calls, 0), 0)]);
  }, []);
  return [state === 'live' ? minute : NO_MINUTE, count];
}

/** Asks for the totals anew, now or as soon as the last time is long enough ago. */
function useThrottledTotals(): () => void {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const lastMs = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    timer.current ??= setTimeout(
      () => {
        timer.current = undefined;
        lastMs.current = Date.now();
        void queries.invalidateQueries({ queryKey: ['ledger'] });
      },
      Math.max(0, lastMs.current + TOTALS_EVERY_MS - Date.now()),
    );
  }, [queries]);
}

function useHidden(): boolean {
  const [hidden, setHidden] = useState(document.hidden);
  useEffect(() => {
    const say = (): void => setHidden(document.hidden);
    document.addEventListener('visibilitychange', say);
    return () => document.removeEventListener('visibilitychange', say);
  }, []);
  return hidden;
}
