import { useEffect, useMemo, useState } from 'react';

import type { ForecastAnswer } from '../../../api/contract/forecast.ts';
import type { DriverChange } from '../../../operate/forecast/scenario.ts';
import { usePainted } from '../../parts/after-painting.ts';
import { BASE, budgetOf, chanceOver, CHANGES, DRAWS, projectedOf, spreadOf, swingOf } from './outlook.ts';
import type { MonthSpread, Named, Projected, Swing } from './outlook.ts';

export interface Outlook {
  readonly all: readonly Projected[];
  readonly base: Projected;
  readonly picked: Projected;
  readonly spread: readonly MonthSpread[];
  readonly budget: number | undefined;
  /** By key of a scenario; while something moves, those that stand still only. */
  readonly chances: ReadonlyMap<string, number | undefined>;
  readonly swing: Swing | undefined;
}

const STILL_MS = 250;
const NO_CHANGES: readonly DriverChange[] = [];

export interface OutlookAsk {
  readonly answer: ForecastAnswer;
  readonly saved: readonly Named[];
  readonly draft: readonly DriverChange[];
  readonly draftName: string;
  readonly pick: string;
}

/** Works all scenarios out; what did not change is not worked out again, so that a slider moves one line only. */
export function useOutlook({ answer, saved, draft, draftName, pick }: OutlookAsk): Outlook {
  const isPainted = usePainted();
  const isStill = useStill(draft) && isPainted; // ten thousand draws of each month are not what the first words wait for
  const budget = budgetOf(answer);
  const base = useMemo(
    () => projectedOf(answer.base, { key: BASE, name: 'As it goes', changes: NO_CHANGES }, budget),
    [answer, budget],
  );
  const others = useMemo(
    () => saved.map((one) => projectedOf(answer.base, one, budget)),
    [answer, saved, budget],
  );
  const typed = useMemo(
    () =>
      draft.length === 0
        ? undefined
        : projectedOf(answer.base, { key: CHANGES, name: draftName, changes: draft }, budget),
    [answer, draft, draftName, budget],
  );
  const all = useMemo(
    () => [base, ...others, ...(typed === undefined ? [] : [typed])],
    [base, others, typed],
  );
  const picked = all.find(({ key }) => key === pick) ?? base;
  const draws = isStill ? DRAWS.still : DRAWS.moving;
  const spread = useMemo(
    () => spreadOf({ answer, changes: picked.changes, level: answer.level, draws }),
    [answer, picked.changes, draws],
  );
  const listed = useMemo(() => (isPainted ? [base, ...others] : []), [base, others, isPainted]);
  const chances = useChances(answer, { listed, typed: isStill ? typed : undefined }, budget);
  return { all, base, picked, spread, budget, chances, swing: useMemo(() => swingOf(all), [all]) };
}

function useChances(
  answer: ForecastAnswer,
  { listed, typed }: { readonly listed: readonly Projected[]; readonly typed: Projected | undefined },
  budget: number | undefined,
): ReadonlyMap<string, number | undefined> {
  const still = useMemo(
    () => listed.map(({ key, changes }) => [key, chanceOver(answer, changes, budget)] as const),
    [answer, listed, budget],
  );
  const moving = useMemo(
    () => (typed === undefined ? [] : [[typed.key, chanceOver(answer, typed.changes, budget)] as const]),
    [answer, typed, budget],
  );
  return useMemo(() => new Map([...still, ...moving]), [still, moving]);
}

/** Whether a value has not changed for a moment. */
function useStill(value: unknown): boolean {
  const [still, setStill] = useState<unknown>(value);
  useEffect(() => {
    const timer = setTimeout(() => setStill(value), STILL_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return still === value;
}
