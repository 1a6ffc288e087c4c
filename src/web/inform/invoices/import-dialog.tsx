import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import type { ImportAsk } from '../../../api/contract/invoices.ts';
import { countText } from '../../../units/figures.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Pick } from '../../parts/field.tsx';
import { dayText } from '../../parts/instants.ts';
import { api } from '../../parts/server.ts';
import { Trouble } from '../trouble.tsx';

/** A CSV of any shape needs a mapping of its columns, which the command line takes from a file. */
const KINDS: Readonly<Record<Exclude<ImportAsk['from'], 'csv'>, string>> = {
  'openai-costs': 'OpenAI costs',
  'openai-usage': 'OpenAI usage',
  'anthropic-cost': 'Anthropic cost report',
  'anthropic-usage': 'Anthropic usage report',
  'aws-cur': 'AWS CUR 2.0',
  'aws-focus': 'AWS FOCUS',
  'azure-cost': 'Azure actual cost',
  'azure-focus': 'Azure FOCUS',
  'google-billing': 'Google detailed billing',
  'google-focus': 'Google FOCUS',
  focus: 'FOCUS, any provider',
};
const OVERLAPS = { refuse: 'refuse it', replace: 'it replaces the earlier one', add: 'it is another part' };

export function ImportDialog({ onClose }: { readonly onClose: () => void }) {
  const [from, setFrom] = useState('openai-costs');
  const [overlap, setOverlap] = useState('refuse');
  const [file, setFile] = useState<File>();
  const queries = useQueryClient();
  const read = useMutation({
    mutationFn: async (one: File) =>
      api.invoices.import(new Uint8Array(await one.arrayBuffer()), mediaOf(one.name), {
        from: from as ImportAsk['from'],
        file: one.name,
        overlap: overlap as NonNullable<ImportAsk['overlap']>,
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['invoices'] }),
  });
  return (
    <Dialog title="Import a statement" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (file !== undefined) read.mutate(file);
        }}
      >
        <div className="fields two">
          <Pick label="What it is" value={from} choices={KINDS} onChange={setFrom} />
          <Pick
            label="If the same days are told of already"
            value={overlap}
            choices={OVERLAPS}
            onChange={setOverlap}
          />
        </div>
        <div className="field">
          <label htmlFor="statement-file">File</label>
          <input
            id="statement-file"
            type="file"
            required
            accept=".json,.jsonl,.csv,.parquet"
            onChange={(event) => setFile(event.target.files?.[0])}
          />
          <small>
            Read whole or not at all. A CSV of any other shape: “setpoint invoice import --from csv”.
          </small>
        </div>
        {read.error !== null && <Trouble error={read.error} doing />}
        {read.data !== undefined && (
          <p role="status">
            {read.data.repeated ? 'This file was imported before; nothing is new. ' : ''}
            <b>{countText(read.data.lines)}</b> lines from {dayText(read.data.firstDay)} to{' '}
            {dayText(read.data.lastDay)}. Reconcile the month to compare it.
          </p>
        )}
        <div className="acts end">
          <button type="button" className="btn plain" onClick={onClose}>
            {read.data === undefined ? 'Cancel' : 'Done'}
          </button>
          <button type="submit" className="btn primary" disabled={file === undefined || read.isPending}>
            {read.isPending ? 'Reading…' : 'Import'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function mediaOf(name: string): string {
  if (name.endsWith('.parquet')) return 'application/vnd.apache.parquet';
  return name.endsWith('.csv') ? 'text/csv' : 'application/json';
}
