/**
 * A decision that is seen at once: what the page shows changes before the server has answered, falls back with words when it
 * refuses, and is offered to be taken back when it agrees.
 */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { QueryKey, UseMutationResult } from '@tanstack/react-query';

import { offerUndo, sayRefused } from './undo.ts';
import type { Deed } from './undo.ts';

interface Deciding<Asked, Answer, Shown> {
  readonly call: (asked: Asked) => Promise<Answer>;
  /** The questions whose answers it changes; they are asked again whatever happens. */
  readonly changes: QueryKey;
  /** The answers in which it is seen at once, and how they look then. */
  readonly shows?: {
    readonly key: QueryKey;
    readonly as: (data: Shown, asked: Asked) => Shown;
  };
  /** What was done and its inverse; undefined: it has none, and the page said so before. */
  readonly done: (answer: Answer, asked: Asked) => Omit<Deed, 'refresh'> | undefined;
  /** Told here, in the place of `error` beside a form: for what is pressed without one. */
  readonly refusedAs?: (asked: Asked) => string;
}

export function useDecision<Asked, Answer, Shown = never>(
  deciding: Deciding<Asked, Answer, Shown>,
): UseMutationResult<Answer, Error, Asked, ReadonlyArray<readonly [QueryKey, Shown | undefined]>> {
  const queries = useQueryClient();
  const { changes, shows, refusedAs } = deciding;
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: changes });
  return useMutation({
    mutationFn: deciding.call,
    async onMutate(asked: Asked) {
      if (shows === undefined) return [];
      // An answer that is under way tells of before: it must not paint over what is shown now.
      await queries.cancelQueries({ queryKey: shows.key });
      const before = queries.getQueriesData<Shown>({ queryKey: shows.key });
      queries.setQueriesData<Shown>({ queryKey: shows.key }, (data) =>
        data === undefined ? undefined : shows.as(data, asked),
      );
      return before;
    },
    onSuccess(answer, asked) {
      const deed = deciding.done(answer, asked);
      if (deed !== undefined) offerUndo({ ...deed, refresh });
    },
    onError(error, asked, before) {
      for (const [key, data] of before ?? []) queries.setQueryData(key, data);
      if (refusedAs !== undefined) sayRefused(refusedAs(asked), error);
    },
    onSettled: refresh,
  });
}
