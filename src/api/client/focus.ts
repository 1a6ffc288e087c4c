/** FOCUS files, as the client asks. */
import type { FocusReport } from '../contract/focus.ts';
import { queryText } from './reach.ts';
import type { Reach } from './reach.ts';

export interface FocusAsk {
  readonly spec?: '1.2' | '1.4' | '1.5-draft';
  readonly format?: 'csv' | 'parquet';
  readonly during?: string;
  readonly granularity?: 'hour' | 'day';
  readonly tags?: readonly string[];
}

export function focusCalls({ send }: Reach) {
  return {
    /** The file as it is made; the headers say what it is. */
    focus: (ask: FocusAsk = {}): Promise<Response> =>
      send('GET', `/focus${queryText({ ...ask, tags: ask.tags?.join(',') })}`),
    async checkFocus(
      file: Uint8Array<ArrayBuffer>,
      ask: { readonly supports?: readonly string[] } = {},
    ): Promise<FocusReport> {
      const path = `/focus/check${queryText({ supports: ask.supports?.join(',') })}`;
      const headers = { 'content-type': 'application/octet-stream' };
      return (await send('POST', path, { body: file, headers })).json() as Promise<FocusReport>;
    },
  };
}
