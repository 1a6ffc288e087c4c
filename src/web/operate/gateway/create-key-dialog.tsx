import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api } from '../../parts/server.ts';
import { Trouble } from '../../inform/trouble.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Field, Pick } from '../../parts/field.tsx';
import { NumberField } from '../../parts/number-field.tsx';
import { useTryKey } from '../../parts/try-key.ts';
import { budgetOfKey, EMPTY_KEY, keyOf, MOST_DAYS, problemOfKey } from './key-form.ts';
import type { KeyForm } from './key-form.ts';
import { Secret } from './secret.tsx';

const USES = {
  calls: 'Calls through the gateway',
  read: 'Questions to the API, reading only',
  keys: 'Making keys with no more rights than its own',
} as const;

/** Makes a key, and its budget where one is wanted; the secret stays in this dialog and is gone with it. */
export function CreateKeyDialog({ onClose }: { readonly onClose: () => void }) {
  const [form, setForm] = useState<KeyForm>(EMPTY_KEY);
  const [startedMs] = useState(Date.now);
  const tryKey = useTryKey();
  const queries = useQueryClient();
  const problem = problemOfKey(form);
  const create = useMutation({
    mutationFn: async () => {
      const ask = keyOf(form, startedMs);
      const made = await api.createKey(ask, tryKey(JSON.stringify(ask)));
      const budget = budgetOfKey(form, made.key.id);
      const budgetTrouble =
        budget === undefined
          ? undefined
          : await api.budgets.set(budget, tryKey(JSON.stringify(budget))).then(
              () => undefined,
              (error: Error) => error,
            );
      return { ...made, budgetTrouble };
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  });
  const edit = (change: Partial<KeyForm>): void => setForm({ ...form, ...change });
  if (create.data !== undefined)
    return (
      <Dialog title="The key" note={create.data.key.name} onClose={onClose}>
        <Secret
          secret={create.data.secret}
          words={create.data.published ? 'The gateways take it from now on.' : NOT_YET}
          onClose={onClose}
        >
          {create.data.budgetTrouble !== undefined && (
            <p className="notice" role="alert">
              <span>
                <b>The key is made, its budget is not.</b> {create.data.budgetTrouble.message} Set it under
                Budgets.
              </span>
            </p>
          )}
        </Secret>
      </Dialog>
    );
  return (
    <Dialog title="Create a key" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (problem === '' && !create.isPending) create.mutate();
        }}
      >
        <KeyFields form={form} onEdit={edit} />
        {problem !== '' && form.name !== '' && <p className="soft small">{problem}</p>}
        {create.error !== null && <Trouble error={create.error} doing />}
        <div className="acts end">
          <button type="button" className="btn plain" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="btn primary" disabled={problem !== '' || create.isPending}>
            Create the key
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const NOT_YET = 'The gateways could not be told yet; they will be at the next publication.';

interface KeyFieldsProps {
  readonly form: KeyForm;
  readonly onEdit: (change: Partial<KeyForm>) => void;
}

function KeyFields({ form, onEdit }: KeyFieldsProps) {
  const { name, use, workflow, team, customer, models, days, budget } = form;
  return (
    <>
      <div className="fields two">
        <Field
          label="Name"
          value={name}
          required
          hint="What people call it."
          onChange={(text) => onEdit({ name: text })}
        />
        <Pick
          label="It is for"
          value={use}
          choices={USES}
          onChange={(chosen) => onEdit({ use: chosen as KeyForm['use'] })}
        />
      </div>
      <div className="fields">
        <Field label="Workflow" value={workflow} onChange={(text) => onEdit({ workflow: text })} />
        <Field label="Team" value={team} onChange={(text) => onEdit({ team: text })} />
        <Field label="Customer" value={customer} onChange={(text) => onEdit({ customer: text })} />
      </div>
      <p className="soft small">Of calls that do not say themselves.</p>
      <Field
        label="Models that it may call"
        value={models}
        placeholder="any"
        hint="Names or patterns, with commas between: gpt-4o*, claude-haiku*"
        onChange={(text) => onEdit({ models: text })}
      />
      <div className="fields two">
        <NumberField
          label="Expires after days"
          value={days}
          min={0}
          max={MOST_DAYS}
          hint="0: it does not expire."
          onChange={(next) => onEdit({ days: next })}
        />
        <Field
          label="Hard budget, dollars a month"
          value={budget}
          numeric
          placeholder="none"
          hint="A call goes only when the most it can cost fits."
          onChange={(text) => onEdit({ budget: text })}
        />
      </div>
    </>
  );
}
