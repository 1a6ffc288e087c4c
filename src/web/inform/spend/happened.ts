/** What happened in the period that is shown: asked once for chart, list and the bar's stamp. */
import { useQuery } from '@tanstack/react-query';

import type { AnnotationAnswer } from '../../../api/contract/annotations.ts';
import type { BarNote } from '../../parts/marks/note-shape.ts';
import { annotationsQuery } from '../../parts/annotations.ts';
import { askOf } from '../../parts/filters.ts';
import type { FilterState } from '../../parts/filters.ts';
import { goTo, keptSearch, onLink } from '../../parts/path.ts';
import { clockAt } from './buckets.ts';
import type { Bucket, Grain } from './buckets.ts';

export function useHappened(filters: FilterState): readonly AnnotationAnswer[] {
  return useQuery(annotationsQuery(askOf(filters))).data?.annotations ?? [];
}

/** The bucket of each mark; one that lies in none (it is announced for later) is left to the list. */
export function notesOf(
  annotations: readonly AnnotationAnswer[],
  buckets: readonly Bucket[],
  { grain, timeZone }: { readonly grain: Grain; readonly timeZone: string },
  nowMs: number,
): BarNote[] {
  return annotations.flatMap(({ at, short, text, link }) => {
    const ms = Date.parse(at);
    const { date, time, offset } = clockAt(ms, timeZone);
    const key = `${date}T${time.slice(0, 2)}:00${offset}`;
    const found =
      ms > nowMs
        ? -1
        : grain === 'hour'
          ? buckets.findIndex((bucket) => bucket.key === key)
          : buckets.findLastIndex(({ startsAt }) => startsAt <= date);
    return found < 0 ? [] : [{ at: found, label: short, text, onOpen: () => goTo(...targetOf(link)) }];
  });
}

/** A link of the answer as one within the app; a page that names no period of its own keeps that of the address. */
export function happenedLink(link: string) {
  const [path, search] = targetOf(link);
  return { href: `/${path}${search}`, onClick: onLink(path, search) };
}

function targetOf(link: string): [string, string] {
  const [path = '', query] = link.replace(/^\//, '').split('?');
  return [path, query === undefined ? keptSearch() : `?${query}`];
}
