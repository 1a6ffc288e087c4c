/** A budget is typed, what it would count is shown, and then it is decided, with a reason. */
import { useState } from 'react';

import type { StandingBudget } from '../../../api/contract/budgets.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { ReasonForm } from '../../parts/reason-form.tsx';
import { useTryKey } from '../../parts/try-key.ts';
import { Trouble } from '../trouble.tsx';
import { BudgetFields } from './budget-fields.tsx';
import { budgetOf, EMPTY_BUDGET, formOfBudget, problemOfBudget } from './budget-form.ts';
import type { BudgetForm } from './budget-form.ts';
import { Preview, useBudgetPreview } from './budget-preview.tsx';
import { useBudgetDecision, useBudgetEnd } from './budget-decisions.ts';
import { amountText, windowText } from './budget-words.ts';

const LEAST_REASON = 3;

interface BudgetDialogProps {
  /** The one to change; undefined: a new one. */
  readonly budget: StandingBudget | undefined;
  readonly onClose: () => void;
}

export function BudgetDialog({ budget, onClose }: BudgetDialogProps) {
  const [form, setForm] = useState<BudgetForm>(() =>
    budget === undefined ? EMPTY_BUDGET : formOfBudget(budget),
  );
  const keyOf = useTryKey();
  const ask = budgetOf(form);
  const problem = problemOfBudget(form);
  const preview = useBudgetPreview(problem === '' ? { ...ask, ...(budget && { id: budget.id }) } : undefined);
  const decide = useBudgetDecision(budget, keyOf);
  const wrong = preview.data === undefined || preview.data.problems.length > 0;
  const ready = problem === '' && !wrong && form.reason.trim().length >= LEAST_REASON && !decide.isPending;
  const edit = (change: Partial<BudgetForm>): void => {
    setForm({ ...form, ...change });
    decide.reset();
  };
  const title = budget === undefined ? 'Set a budget' : 'Change budget';
  return (
    <Dialog title={title} note={budget?.name ?? ''} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) decide.mutate(ask, { onSuccess: onClose });
        }}
      >
        <BudgetFields form={form} onEdit={edit} />
        <Preview problem={problem} budget={ask} preview={preview} />
        <Field
          label="Reason"
          value={form.reason}
          required
          hint="Kept with the decision."
          onChange={(reason) => edit({ reason })}
        />
        {decide.error !== null && <Trouble error={decide.error} doing />}
        <div className="acts end">
          <button type="button" className="btn plain" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="btn primary" disabled={!ready}>
            {title}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface EndDialogProps {
  readonly budget: StandingBudget;
  readonly onClose: () => void;
}

export function EndDialog({ budget, onClose }: EndDialogProps) {
  const end = useBudgetEnd(budget);
  const { amount, unit, window } = budget;
  return (
    <Dialog title="End budget" note={budget.name} onClose={onClose}>
      <ReasonForm
        text={`From now on nothing holds spend to ${amountText(amount, unit)} ${windowText(window)}. Its history stays.`}
        act="End budget"
        pending={end.isPending}
        onAct={(reason) => {
          end.mutate(reason);
          onClose();
        }}
        onCancel={onClose}
      />
    </Dialog>
  );
}
