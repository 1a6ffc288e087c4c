/** Which lines each story is about. What they come to is its answer. */
import { DAY_MS } from './calendar.ts';
import { MODELS } from './lanes.ts';
import type { DemoLine } from './lines.ts';
import { RELEASE_WORKFLOW } from './load.ts';
import { COMMITMENT_PROVIDER } from './price-book.ts';
import type { Stories, Window } from './stories.ts';
import type { Watch } from './truth.ts';

export const BUDGET_TEAM = 'Revenue';
const WEEK_MS = 7 * DAY_MS;
const CUT_DAYS = 30;

export function watchesOf(stories: Stories): readonly Watch[] {
  const { retryStorm, outage, promptReleaseAtMs, priceCutAtMs, migration, rollout, paperMonth } = stories;
  const around = (atMs: number, days: number): readonly [Window, Window] => [
    { fromMs: atMs - days * DAY_MS, toMs: atMs },
    { fromMs: atMs, toMs: atMs + days * DAY_MS },
  ];
  const [beforeRelease, afterRelease] = around(promptReleaseAtMs, 7);
  const [beforeCut, afterCut] = around(priceCutAtMs, CUT_DAYS);
  const firstWeek = { fromMs: rollout.fromMs - WEEK_MS, toMs: rollout.fromMs };
  const lastDay = { fromMs: rollout.toMs - DAY_MS, toMs: rollout.toMs };
  const untilNow = (fromMs: number): Window => ({ fromMs, toMs: stories.nowMs });
  return [
    watch('storm.all', retryStorm, ({ cell }) => cell.stormy),
    watch('storm.lost', retryStorm, ({ cell, status }) => cell.stormy && status === 'client_aborted'),
    watch('outage.failed', outage, ({ status }) => status === 'upstream_failed'),
    watch('outage.fallback', outage, ({ kind }) => kind === 'fallback'),
    watch('release.before', beforeRelease, ofReleased),
    watch('release.after', afterRelease, ofReleased),
    watch('cut.before', beforeCut, ({ model }) => model === MODELS.gpt),
    watch('cut.after', afterCut, ({ model }) => model === MODELS.gpt),
    watch('migration.old', migration, ({ model }) => model === MODELS.oldSonnet),
    watch('migration.new', migration, ({ model }) => model === MODELS.sonnet),
    watch('migration.oldLater', untilNow(migration.toMs), ({ model }) => model === MODELS.oldSonnet),
    watch(
      'commitment',
      untilNow(stories.commitmentFromMs),
      ({ model }) => model.provider === COMMITMENT_PROVIDER,
    ),
    watch('untagged.before', firstWeek, ({ tagged }) => !tagged),
    watch('all.before', firstWeek, () => true),
    watch('untagged.after', lastDay, ({ tagged }) => !tagged),
    watch('all.after', lastDay, () => true),
    ...daysOf(paperMonth).map((day) =>
      watch(budgetDay(day.fromMs), day, ({ cell, tagged }) => tagged && cell.workflow.team === BUDGET_TEAM),
    ),
  ];
}

function watch(name: string, window: Window, concerns: (line: DemoLine) => boolean): Watch {
  return { name, window, concerns };
}

function ofReleased({ cell }: DemoLine): boolean {
  return cell.workflow.name === RELEASE_WORKFLOW;
}

/** The name of the watch on the team's spend in one day. */
export function budgetDay(fromMs: number): string {
  return `budget.${new Date(fromMs).toISOString().slice(0, 10)}`;
}

export function daysOf({ fromMs, toMs }: Window): readonly Window[] {
  return Array.from({ length: Math.round((toMs - fromMs) / DAY_MS) }, (_, day) => ({
    fromMs: fromMs + day * DAY_MS,
    toMs: fromMs + (day + 1) * DAY_MS,
  }));
}
