/** What is decided about scenarios: kept, changed, removed, read from a file; each kept with its reason. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import type { ScenarioRecord } from '../../../api/contract/plans.ts';
import type { DriverChange } from '../../../operate/forecast/scenario.ts';
import { api } from '../../parts/server.ts';
import { Trouble } from '../../inform/trouble.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Field, Pick } from '../../parts/field.tsx';
import { ReasonForm } from '../../parts/reason-form.tsx';
import { useTryKey } from '../../parts/try-key.ts';
import { ChangeList } from './change-list.tsx';
import { readScenarios, toDraft } from './scenario-file.ts';
import type { ScenarioFile, ScenarioFiles } from './scenario-file.ts';
import { scopeName } from './scope.ts';
import type { PageScope } from './scope.ts';

const LEAST_REASON = 3;

interface SaveDialogProps {
  /** The one to change; undefined: a new one. */
  readonly saved: ScenarioRecord | undefined;
  /** What it was called in the file that it came from. */
  readonly name: string;
  readonly scope: PageScope;
  readonly changes: readonly DriverChange[];
  readonly onSaved: (saved: ScenarioRecord) => void;
  readonly onClose: () => void;
}

export function SaveDialog({ saved, name, scope, changes, onSaved, onClose }: SaveDialogProps) {
  const [form, setForm] = useState({ name: saved?.name ?? name, note: saved?.note ?? '', reason: '' });
  const keyOf = useTryKey();
  const queries = useQueryClient();
  const reason = form.reason.trim();
  const save = useMutation({
    mutationFn: () => {
      const ask = {
        ...toDraft({ ...scope, changes, name: form.name.trim(), note: form.note.trim() }),
        reason,
      };
      return saved === undefined
        ? api.forecast.saveScenario(ask, keyOf(JSON.stringify(ask)))
        : api.forecast.changeScenario(saved.id, ask);
    },
    onSuccess: async (kept) => {
      // The list is asked again first, so that the new line is there when it is laid over.
      await queries.invalidateQueries({ queryKey: ['scenarios'] });
      onSaved(kept);
    },
  });
  const ready = form.name.trim() !== '' && reason.length >= LEAST_REASON && !save.isPending;
  const edit = (part: Partial<typeof form>): void => {
    setForm({ ...form, ...part });
    save.reset();
  };
  const title = saved === undefined ? 'Save as scenario' : 'Change scenario';
  return (
    <Dialog title={title} note={scopeName(scope)} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) save.mutate();
        }}
      >
        <Field label="Name" value={form.name} required onChange={(one) => edit({ name: one })} />
        <ChangeList changes={changes} />
        <Field label="Note" value={form.note} onChange={(note) => edit({ note })} />
        <Field
          label="Reason"
          value={form.reason}
          required
          hint="Kept with the decision."
          onChange={(one) => edit({ reason: one })}
        />
        {save.error !== null && <Trouble error={save.error} doing />}
        <div className="acts end">
          <button type="button" className="btn plain" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="btn primary" disabled={!ready}>
            {saved === undefined ? 'Save' : 'Save as next version'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface RemoveDialogProps {
  readonly saved: ScenarioRecord;
  readonly onRemoved: () => void;
  readonly onClose: () => void;
}

export function RemoveDialog({ saved, onRemoved, onClose }: RemoveDialogProps) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: (reason: string) => api.forecast.removeScenario(saved.id, reason),
    onSuccess: onRemoved,
    onSettled: () => queries.invalidateQueries({ queryKey: ['scenarios'] }),
  });
  return (
    <Dialog title="Remove scenario" note={saved.name} onClose={onClose}>
      <ReasonForm
        text="It is listed no longer. Plans that were made of it stay as they are, with its changes in them."
        act="Remove"
        pending={remove.isPending}
        onAct={(reason) => remove.mutate(reason)}
        onCancel={onClose}
      >
        {remove.error !== null && <Trouble error={remove.error} doing />}
      </ReasonForm>
    </Dialog>
  );
}

interface ImportDialogProps {
  readonly onRead: (file: ScenarioFile) => void;
  readonly onClose: () => void;
}

/** A file is read in the browser and shown as a draft; nothing is kept until it is saved. */
export function ImportDialog({ onRead, onClose }: ImportDialogProps) {
  const [found, setFound] = useState<Partial<ScenarioFiles> & { readonly problem?: string }>({});
  const [at, setAt] = useState(0);
  const { scenarios = [], leftOut = [], problem } = found;
  const chosen = scenarios[at];
  const read = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    setAt(0);
    try {
      setFound(readScenarios(await file.text()));
    } catch (error) {
      setFound({ problem: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <Dialog title="Import a scenario" onClose={onClose}>
      <div className="part">
        <p>
          YAML or JSON, as <code className="mono">setpoint forecast --scenario</code> takes it and as{' '}
          <i>Export</i> writes it.
        </p>
        <div className="field">
          <label htmlFor="scenario-file">File</label>
          <input
            id="scenario-file"
            type="file"
            accept=".yaml,.yml,.json"
            onChange={({ target }) => void read(target.files?.[0])}
          />
        </div>
        {problem !== undefined && (
          <p className="notice" role="alert">
            {problem}
          </p>
        )}
        {scenarios.length > 1 && (
          <Pick
            label="Scenario"
            value={String(at)}
            choices={Object.fromEntries(scenarios.map(({ name }, index) => [String(index), name]))}
            onChange={(index) => setAt(Number(index))}
          />
        )}
        {chosen !== undefined && <Found file={chosen} leftOut={leftOut} />}
        <div className="acts end">
          <button type="button" className="btn plain" onClick={onClose}>
            Cancel
          </button>
          <button
            type="button"
            className="btn primary"
            disabled={chosen === undefined}
            onClick={() => chosen !== undefined && onRead(chosen)}
          >
            Show it
          </button>
        </div>
      </div>
    </Dialog>
  );
}

function Found({ file, leftOut }: { readonly file: ScenarioFile; readonly leftOut: readonly string[] }) {
  return (
    <>
      <p>
        <b>{file.name}</b>
      </p>
      <ChangeList changes={file.changes} />
      {leftOut.length > 0 && (
        <p className="small quiet">
          Its {leftOut.join(' and ')} {leftOut.length > 1 ? 'are' : 'is'} left out: here scenarios start from
          what the ledger says.
        </p>
      )}
    </>
  );
}
