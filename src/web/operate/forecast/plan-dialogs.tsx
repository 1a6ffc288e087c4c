/** A plan is proposed from the forecast or a saved scenario, then locked or withdrawn; each with a reason. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import type { PlanRecord, ScenarioRecord } from '../../../api/contract/plans.ts';
import { api } from '../../parts/server.ts';
import { Trouble } from '../../inform/trouble.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Field, Pick } from '../../parts/field.tsx';
import { ReasonForm } from '../../parts/reason-form.tsx';
import { useTryKey } from '../../parts/try-key.ts';
import { HORIZONS, scopeName } from './scope.ts';
import type { PageScope } from './scope.ts';

const LEAST_REASON = 3;

interface ProposeDialogProps {
  readonly scope: PageScope;
  readonly scenarios: readonly ScenarioRecord[];
  /** Id of the scenario in question; empty: the forecast as it goes. */
  readonly picked: string;
  readonly months: string;
  readonly zone: string;
  readonly onProposed: () => void;
  readonly onClose: () => void;
}

export function ProposeDialog(props: ProposeDialogProps) {
  const { scope, scenarios, picked, zone, onProposed, onClose } = props;
  const [form, setForm] = useState<ProposeForm>({
    name: '',
    scenario: scenarios.some(({ id }) => id === picked) ? picked : '',
    months: props.months,
    reason: '',
  });
  const keyOf = useTryKey();
  const queries = useQueryClient();
  const propose = useMutation({
    mutationFn: () => {
      const ask = {
        ...scope,
        name: form.name.trim(),
        months: Number(form.months),
        reason: form.reason.trim(),
        ...(form.scenario !== '' && { scenario: form.scenario }),
        ...(zone !== '' && { timeZone: zone }),
      };
      return api.forecast.proposePlan(ask, keyOf(JSON.stringify(ask)));
    },
    onSuccess: onProposed,
    onSettled: () => queries.invalidateQueries({ queryKey: ['plans'] }),
  });
  const ready = form.name.trim() !== '' && form.reason.trim().length >= LEAST_REASON && !propose.isPending;
  const edit = (part: Partial<ProposeForm>): void => {
    setForm({ ...form, ...part });
    propose.reset();
  };
  return (
    <Dialog title="Propose as plan" note={scopeName(scope)} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) propose.mutate();
        }}
      >
        <p>
          Its months are written down as they stand now. Once locked they do not move, and each month is held
          against the plan that was locked before it began.
        </p>
        <ProposeFields form={form} scenarios={scenarios} onEdit={edit} />
        {propose.error !== null && <Trouble error={propose.error} doing />}
        <div className="acts end">
          <button type="button" className="btn plain" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="btn primary" disabled={!ready}>
            Propose
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface ProposeForm {
  readonly name: string;
  /** Id; empty: the forecast as it goes. */
  readonly scenario: string;
  readonly months: string;
  readonly reason: string;
}

function ProposeFields({
  form,
  scenarios,
  onEdit,
}: {
  readonly form: ProposeForm;
  readonly scenarios: readonly ScenarioRecord[];
  readonly onEdit: (part: Partial<ProposeForm>) => void;
}) {
  const choices = Object.fromEntries([
    ['', 'the forecast as it goes'],
    ...scenarios.map(({ id, name }) => [id, name]),
  ]) as Record<string, string>;
  return (
    <>
      <Field label="Name" value={form.name} required onChange={(name) => onEdit({ name })} />
      <div className="fields two">
        <Pick
          label="Made of"
          value={form.scenario}
          choices={choices}
          onChange={(scenario) => onEdit({ scenario })}
        />
        <Pick
          label="Months ahead"
          value={form.months}
          choices={HORIZONS}
          onChange={(months) => onEdit({ months })}
        />
      </div>
      <Field
        label="Reason"
        value={form.reason}
        required
        hint="Kept with the decision."
        onChange={(reason) => onEdit({ reason })}
      />
    </>
  );
}

interface DecideDialogProps {
  readonly plan: PlanRecord;
  readonly what: 'lock' | 'withdraw';
  readonly onClose: () => void;
}

const WORDS = {
  lock: {
    title: 'Lock plan',
    text: 'From now on its months do not move. Months that begin after this are held against it; those that have begun are not.',
  },
  withdraw: {
    title: 'Withdraw plan',
    text: 'No month that begins later is held against it. It stays listed, with both reasons.',
  },
} as const;

export function DecideDialog({ plan, what, onClose }: DecideDialogProps) {
  const queries = useQueryClient();
  const decide = useMutation({
    mutationFn: (reason: string) =>
      what === 'lock' ? api.forecast.lockPlan(plan.id, reason) : api.forecast.withdrawPlan(plan.id, reason),
    onSuccess: onClose,
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['plans'] }),
        queries.invalidateQueries({ queryKey: ['forecasts'] }),
      ]),
  });
  const { title, text } = WORDS[what];
  return (
    <Dialog title={title} note={plan.name} onClose={onClose}>
      <ReasonForm
        text={text}
        act={title}
        pending={decide.isPending}
        onAct={(reason) => decide.mutate(reason)}
        onCancel={onClose}
      >
        {decide.error !== null && <Trouble error={decide.error} doing />}
      </ReasonForm>
    </Dialog>
  );
}
