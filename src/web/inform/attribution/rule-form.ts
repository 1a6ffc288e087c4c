/** A rule as it is typed, and as it is sent. */
import type { NewRule } from '../../../api/contract/attribution.ts';

interface TypedCondition {
  readonly sign: string;
  /** Values, separated by commas. */
  readonly is: string;
  readonly not: string;
}

export interface RuleForm {
  readonly id: string;
  readonly when: readonly TypedCondition[];
  readonly workflow: string;
  readonly team: string;
  readonly customer: string;
  readonly reason: string;
  /** What the form has no field for goes along as it is. */
  readonly rest: Pick<NewRule, 'order' | 'hours' | 'override' | 'from' | 'until'>;
}

export function formOf({ id, when, set, order, hours, override, from, until }: NewRule): RuleForm {
  return {
    id,
    when: when.map(({ sign, is = [], not = [] }) => ({ sign, is: is.join(', '), not: not.join(', ') })),
    workflow: set.workflow ?? '',
    team: set.team ?? '',
    customer: set.customer ?? '',
    reason: '',
    rest: {
      ...(order !== undefined && { order }),
      ...(hours !== undefined && { hours }),
      ...(override !== undefined && { override }),
      ...(from !== undefined && { from }),
      ...(until !== undefined && { until }),
    },
  };
}

export function draftOf({ id, when, workflow, team, customer, reason, rest }: RuleForm): NewRule {
  const said = (name: string, value: string) => (value.trim() === '' ? {} : { [name]: value.trim() });
  return {
    id: id.trim(),
    when: when.map(({ sign, is, not }) => ({
      sign,
      ...(is.trim() !== '' && { is: valuesOf(is) }),
      ...(not.trim() !== '' && { not: valuesOf(not) }),
    })),
    set: { ...said('workflow', workflow), ...said('team', team), ...said('customer', customer) },
    ...said('reason', reason),
    ...rest,
  };
}

/** What is missing before the rule can be weighed; empty for nothing. */
export function problemOf({ id, when, workflow, team, customer }: RuleForm): string {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(id.trim())) return 'Give it an id of lower-case letters, digits and “-”.';
  if (when.some(({ is, not }) => is.trim() === '' && not.trim() === ''))
    return 'Say which value the sign must have.';
  if ([workflow, team, customer].every((name) => name.trim() === ''))
    return 'Say which workflow, team or customer it names.';
  return '';
}

function valuesOf(text: string): string[] {
  return text
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
}
