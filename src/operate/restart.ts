/** Which changes of settings a running system cannot take in. */
import type { Settings } from './settings.ts';

const FIXED: ReadonlyArray<readonly [setting: string, of: (settings: Settings) => unknown]> = [
  ['gateway.listen', ({ gateway }) => gateway.listen],
  ['api.listen', ({ api }) => api.listen],
  ['data', ({ data }) => data],
  ['simulator', ({ simulator }) => simulator],
  ['demo', ({ demo }) => demo],
];

/** The settings that differ and that only a restart can take in: addresses that are listened at, where data lie. */
export function needsRestart(running: Settings, next: Settings): readonly string[] {
  return FIXED.filter(([, of]) => JSON.stringify(of(running)) !== JSON.stringify(of(next))).map(
    ([setting]) => setting,
  );
}
