/** A budget as it is typed, and as the API takes it. */
import type { Budget, NewBudget } from '../../../api/contract/budgets.ts';

export interface BudgetForm {
  readonly name: string;
  readonly kind: NewBudget['scope']['kind'];
  readonly value: string;
  readonly tag: string;
  readonly unit: NonNullable<NewBudget['unit']>;
  readonly amount: string;
  /** A calendar unit, or `rolling`. */
  readonly window: string;
  readonly hours: string;
  /** Kept as it was; the server's where it is empty. */
  readonly timeZone: string;
  readonly mode: NonNullable<NewBudget['mode']>;
  readonly warn: string;
  readonly throttle: string;
  readonly callsPerSecond: string;
  readonly downgrade: string;
  readonly model: string;
  readonly block: string;
  readonly onLoss: NonNullable<NewBudget['onAuthorityLoss']>;
  readonly unboundedCall: string;
  /** Thresholds beyond one of each kind, which this form does not show and does not lose. */
  readonly more: NonNullable<NewBudget['thresholds']>;
  readonly reason: string;
}

export const EMPTY_BUDGET: BudgetForm = {
  name: '',
  kind: 'team',
  value: '',
  tag: '',
  unit: 'money',
  amount: '',
  window: 'month',
  hours: '24',
  timeZone: '',
  mode: 'hard',
  warn: '80',
  throttle: '',
  callsPerSecond: '',
  downgrade: '',
  model: '',
  block: '',
  onLoss: 'local',
  unboundedCall: '',
  more: [],
  reason: '',
};

type Threshold = NonNullable<NewBudget['thresholds']>[number];

/** What is missing before the server can be asked; empty: nothing is. */
export function problemOfBudget(form: BudgetForm): string {
  const { name, kind, value, tag, amount, window, hours } = form;
  if (name.trim() === '') return 'Give it a name.';
  if (kind === 'tag' && tag.trim() === '') return 'Say which tag it looks at.';
  if (kind !== 'organisation' && value.trim() === '') return `Say which ${kind}, or * for each.`;
  if (amount.trim() === '') return 'Say how much.';
  if (window === 'rolling' && !/^\d+$/.test(hours.trim())) return 'Say how many hours.';
  if (form.throttle.trim() !== '' && form.callsPerSecond.trim() === '') return 'Say how many calls a second.';
  return form.downgrade.trim() !== '' && form.model.trim() === '' ? 'Say which model is asked instead.' : '';
}

export function budgetOf(form: BudgetForm): NewBudget {
  const { kind, value, tag, unit, window, mode, onLoss, unboundedCall, timeZone } = form;
  return {
    name: form.name.trim(),
    scope:
      kind === 'organisation'
        ? { kind }
        : { kind, value: value.trim(), ...(kind === 'tag' && { tag: tag.trim() }) },
    unit,
    amount: form.amount.trim().replaceAll(/[$,\s]/g, ''),
    window:
      window === 'rolling'
        ? { kind: 'rolling', hours: Number(form.hours) }
        : {
            kind: 'calendar',
            unit: window as Extract<NewBudget['window'], { kind: 'calendar' }>['unit'],
            ...(timeZone !== '' && { timeZone }),
          },
    mode,
    thresholds: thresholdsOf(form),
    onAuthorityLoss: onLoss,
    ...(unboundedCall.trim() !== '' && { unboundedCall: unboundedCall.trim() }),
    ...(form.reason.trim() !== '' && { reason: form.reason.trim() }),
  };
}

function thresholdsOf(form: BudgetForm): Threshold[] {
  const steps: ReadonlyArray<readonly [percent: string, action: Threshold['action']]> = [
    [form.warn, { kind: 'warn' }],
    [form.throttle, { kind: 'throttle', callsPerSecond: Number(form.callsPerSecond) }],
    [form.downgrade, { kind: 'downgrade', model: form.model.trim() }],
    [form.block, { kind: 'block' }],
  ];
  const typed = steps
    .filter(([percent]) => percent.trim() !== '')
    .map(([percent, action]) => ({ percent: Number(percent), action }));
  return [...typed, ...form.more];
}

/** The form of a budget that is to be changed; why it is changed is asked anew. */
export function formOfBudget(budget: Budget): BudgetForm {
  const { scope, window, thresholds } = budget;
  const first = (kind: Threshold['action']['kind']): Threshold | undefined =>
    thresholds.find(({ action }) => action.kind === kind);
  const [warn, throttle, downgrade, block] = [
    first('warn'),
    first('throttle'),
    first('downgrade'),
    first('block'),
  ];
  const shown = new Set([warn, throttle, downgrade, block]);
  const percentOf = (one: Threshold | undefined): string => (one === undefined ? '' : String(one.percent));
  return {
    name: budget.name,
    kind: scope.kind,
    value: scope.value,
    tag: scope.tag,
    unit: budget.unit,
    amount: budget.amount,
    window: window.kind === 'rolling' ? 'rolling' : window.unit,
    hours: window.kind === 'rolling' ? String(window.hours) : EMPTY_BUDGET.hours,
    timeZone: window.kind === 'calendar' ? (window.timeZone ?? '') : '',
    mode: budget.mode,
    warn: percentOf(warn),
    throttle: percentOf(throttle),
    callsPerSecond: throttle?.action.kind === 'throttle' ? String(throttle.action.callsPerSecond) : '',
    downgrade: percentOf(downgrade),
    model: downgrade?.action.kind === 'downgrade' ? downgrade.action.model : '',
    block: percentOf(block),
    onLoss: budget.onAuthorityLoss,
    unboundedCall: budget.unboundedCall ?? '',
    more: thresholds.filter((one) => !shown.has(one)),
    reason: '',
  };
}
