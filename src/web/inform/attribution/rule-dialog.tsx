/** A rule is drafted, weighed, and then decided; applying it to what is past says first what will be posted. */
import { useState } from 'react';

import type { AppliedAnswer, NewRule } from '../../../api/contract/attribution.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Trouble } from '../trouble.tsx';
import { ApplyPart, Applied } from './apply-part.tsx';
import { useRuleAdding } from './rule-decisions.ts';
import { RuleEffect, useRuleEffect } from './rule-effect.tsx';
import { draftOf, formOf, problemOf } from './rule-form.ts';
import type { RuleForm } from './rule-form.ts';
import { RuleFields } from './rule-fields.tsx';

interface RuleDialogProps {
  readonly draft: NewRule;
  readonly during: string;
  readonly onClose: () => void;
}

export function RuleDialog({ draft, during, onClose }: RuleDialogProps) {
  const [form, setForm] = useState<RuleForm>(() => formOf(draft));
  const [step, setStep] = useState<'draft' | 'apply'>('draft');
  const [applied, setApplied] = useState<AppliedAnswer>();
  const rule = draftOf(form);
  const problem = problemOf(form);
  const effect = useRuleEffect(problem === '' ? rule : undefined, during);
  const add = useRuleAdding(during);
  const addAnd = (apply: boolean): void =>
    add.mutate(
      { rule, apply },
      { onSuccess: (added) => (added.applied === undefined ? onClose() : setApplied(added.applied)) },
    );
  const edit = (change: Partial<RuleForm>): void => {
    setForm({ ...form, ...change });
    setStep('draft');
    add.reset();
  };
  const canApply = effect.data !== undefined && effect.data.rules.every((one) => one.forwardOnly === null);
  if (applied !== undefined)
    return (
      <Dialog title="Applied" note={rule.id} onClose={onClose}>
        <Applied answer={applied} onClose={onClose} />
      </Dialog>
    );
  return (
    <Dialog title={draft.id === '' ? 'New rule' : 'Rule'} note={form.id} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (problem === '') addAnd(false);
        }}
      >
        <RuleFields form={form} onEdit={edit} />
        <RuleEffect {...{ problem, effect }} />
        {add.error !== null && <Trouble error={add.error} doing />}
        {step === 'draft' && (
          <DraftActs
            ready={problem === '' && !add.isPending}
            canApply={canApply}
            onApply={() => setStep('apply')}
            onCancel={onClose}
          />
        )}
      </form>
      {step === 'apply' && effect.data !== undefined && (
        <ApplyPart
          preview={effect.data}
          label={`Add rule and post`}
          pending={add.isPending}
          onApply={() => addAnd(true)}
          onBack={() => setStep('draft')}
        />
      )}
    </Dialog>
  );
}

interface DraftActsProps {
  readonly ready: boolean;
  /** The rule can name what is past. */
  readonly canApply: boolean;
  readonly onApply: () => void;
  readonly onCancel: () => void;
}

function DraftActs({ ready, canApply, onApply, onCancel }: DraftActsProps) {
  return (
    <div className="acts end">
      <button type="button" className="btn plain" onClick={onCancel}>
        Cancel
      </button>
      {canApply && (
        <button type="button" className="btn" disabled={!ready} onClick={onApply}>
          Add and apply to the past…
        </button>
      )}
      <button type="submit" className="btn primary" disabled={!ready}>
        Add rule
      </button>
    </div>
  );
}
