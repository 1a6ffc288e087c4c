/** A rule is drafted, weighed, and then decided; applying it to what is past says first what will be posted. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import type { AppliedAnswer, NewRule } from '../../../api/contract/attribution.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { api } from '../ledger-api.ts';
import { Trouble } from '../trouble.tsx';
import { ApplyPart, Applied } from './apply-part.tsx';
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
  const queries = useQueryClient();
  const rule = draftOf(form);
  const problem = problemOf(form);
  const effect = useRuleEffect(problem === '' ? rule : undefined, during);
  const add = useMutation({
    mutationFn: async (apply: boolean) => {
      await api.attribution.addRule(rule);
      return apply ? api.attribution.apply({ during, only: [rule.id] }) : undefined;
    },
    onSuccess: (answer) => {
      if (answer === undefined) onClose();
      else setApplied(answer);
    },
    // A rule that was added stays added when applying it failed: show what is.
    onSettled: () => queries.invalidateQueries({ queryKey: ['attribution'] }),
  });
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
          if (problem === '') add.mutate(false);
        }}
      >
        <RuleFields form={form} onEdit={edit} />
        <RuleEffect {...{ problem, effect }} />
        {add.error !== null && <Trouble error={add.error} doing />}
        {step === 'draft' && (
          <div className="acts end">
            <button type="button" className="btn plain" onClick={onClose}>
              Cancel
            </button>
            {canApply && (
              <button
                type="button"
                className="btn"
                disabled={problem !== '' || add.isPending}
                onClick={() => setStep('apply')}
              >
                Add and apply to the past…
              </button>
            )}
            <button type="submit" className="btn primary" disabled={problem !== '' || add.isPending}>
              Add rule
            </button>
          </div>
        )}
      </form>
      {step === 'apply' && effect.data !== undefined && (
        <ApplyPart
          preview={effect.data}
          label={`Add rule and post`}
          pending={add.isPending}
          onApply={() => add.mutate(true)}
          onBack={() => setStep('draft')}
        />
      )}
    </Dialog>
  );
}
