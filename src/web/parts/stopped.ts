/** Questions that a person stopped. They are not asked by themselves, not by time and not by focus, until somebody asks again. */
const stopped = new WeakSet<object>();

export const isStopped = (query: object): boolean => stopped.has(query);

export function stop(query: { cancel(how: { readonly revert: boolean }): Promise<unknown> }): void {
  stopped.add(query); // before it is told, so that nobody who hears of it asks anew
  void query.cancel({ revert: true });
}

/** @returns whether it was stopped. */
export const release = (query: object): boolean => stopped.delete(query);
