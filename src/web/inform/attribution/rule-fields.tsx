import { useQuery } from '@tanstack/react-query';

import { Field, Pick } from '../../parts/field.tsx';
import { asking } from '../../parts/server.ts';
import type { RuleForm } from './rule-form.ts';
import { signWord } from './signs.ts';

const SIGNS = ['key', 'path', 'provider', 'account', 'region', 'model', 'modelRequested', 'fingerprint'];

interface RuleFieldsProps {
  readonly form: RuleForm;
  readonly onEdit: (change: Partial<RuleForm>) => void;
}

/** What a rule looks at, and what it names. */
export function RuleFields({ form, onEdit }: RuleFieldsProps) {
  const owners = useQuery({
    queryKey: ['attribution', 'owners'],
    queryFn: ({ signal }) =>
      asking(signal).ledger({ of: ['calls'], by: ['workflow', 'team'], during: '90d', limit: 200 }),
    staleTime: 60_000,
  });
  const rows = owners.data?.rows ?? [];
  const namesAt = (at: number): string[] =>
    [...new Set(rows.map(({ group }) => group[at] ?? ''))].filter((name) => name !== '');
  const editCondition = (at: number, change: Partial<RuleForm['when'][number]>): void =>
    onEdit({ when: form.when.map((one, index) => (index === at ? { ...one, ...change } : one)) });
  return (
    <>
      <Field
        label="Rule"
        value={form.id}
        required
        onChange={(id) => onEdit({ id })}
        placeholder="batch-by-path"
      />
      {form.when.map((condition, at) => {
        const known = [...new Set([...SIGNS, condition.sign])];
        return (
          <div className="fields two" key={at}>
            <Pick
              label={at === 0 ? 'When the' : 'and the'}
              value={condition.sign}
              choices={Object.fromEntries(known.map((sign) => [sign, signWord(sign)]))}
              onChange={(sign) => editCondition(at, { sign })}
            />
            <Field
              label={condition.not === '' ? 'is' : `is not ${condition.not}, and is`}
              value={condition.is}
              onChange={(is) => editCondition(at, { is })}
              placeholder="/v1/batches*"
              hint="Commas between alternatives; * matches any run of characters."
            />
          </div>
        );
      })}
      <div className="fields">
        <Field
          label="it is workflow"
          value={form.workflow}
          known={namesAt(0)}
          required={form.team === '' && form.customer === ''}
          onChange={(workflow) => onEdit({ workflow })}
        />
        <Field label="of team" value={form.team} known={namesAt(1)} onChange={(team) => onEdit({ team })} />
        <Field label="for customer" value={form.customer} onChange={(customer) => onEdit({ customer })} />
      </div>
      <Field
        label="Reason"
        value={form.reason}
        onChange={(reason) => onEdit({ reason })}
        hint="Kept with the decision."
      />
    </>
  );
}
