import { Field, Pick } from '../../parts/field.tsx';
import type { BudgetForm } from './budget-form.ts';

const KINDS = {
  team: 'a team',
  workflow: 'a workflow',
  customer: 'a customer',
  key: 'a key',
  tag: 'a tag',
  organisation: 'everybody together',
};
const UNITS = { money: 'dollars', tokens: 'tokens', calls: 'calls' };
const WINDOWS = {
  hour: 'an hour',
  day: 'a day',
  week: 'a week',
  month: 'a month',
  quarter: 'a quarter',
  year: 'a year',
  rolling: 'the last hours, rolling',
};
const MODES = {
  hard: 'hard: overrun 0',
  expected: 'expected: bound printed',
  observe: 'observe: refuses nothing',
};
const MODE_HINTS = {
  hard: 'A call goes only when the most that it can cost is reserved. Calls wait or are refused before the cap is passed.',
  expected:
    'What calls of its kind usually cost is reserved. It can be passed by what the calls under way exceed that by.',
  observe: 'Nothing is reserved or refused; what was spent is told.',
};
const LOSSES = { local: 'spend what they hold', closed: 'refuse calls', open: 'let calls through' };

interface FieldsProps {
  readonly form: BudgetForm;
  readonly onEdit: (change: Partial<BudgetForm>) => void;
}

export function BudgetFields({ form, onEdit }: FieldsProps) {
  const losses = form.mode === 'hard' ? { local: LOSSES.local, closed: LOSSES.closed } : LOSSES;
  return (
    <>
      <Whose form={form} onEdit={onEdit} />
      <div className="fields">
        <Field
          label="Amount"
          value={form.amount}
          required
          numeric
          onChange={(amount) => onEdit({ amount })}
        />
        <Pick
          label="Of"
          value={form.unit}
          choices={UNITS}
          onChange={(unit) => onEdit({ unit: unit as BudgetForm['unit'] })}
        />
        <Pick label="In" value={form.window} choices={WINDOWS} onChange={(window) => onEdit({ window })} />
        {form.window === 'rolling' && (
          <Field label="Hours" value={form.hours} required numeric onChange={(hours) => onEdit({ hours })} />
        )}
      </div>
      <div className="fields two">
        <div>
          <Pick
            label="Mode"
            value={form.mode}
            choices={MODES}
            onChange={(mode) => onEdit(modeChange(mode as BudgetForm['mode'], form))}
          />
          <p className="small quiet">{MODE_HINTS[form.mode]}</p>
        </div>
        {form.mode !== 'observe' && (
          <Pick
            label="While the budget authority is away, gateways"
            value={form.onLoss}
            choices={losses}
            onChange={(onLoss) => onEdit({ onLoss: onLoss as BudgetForm['onLoss'] })}
          />
        )}
      </div>
      <Thresholds form={form} onEdit={onEdit} />
      {form.mode === 'hard' && form.unit === 'money' && (
        <Field
          label="A call without an upper bound counts as"
          value={form.unboundedCall}
          numeric
          hint="Server-side searches, audio, models without a price. Empty: such calls are refused."
          onChange={(unboundedCall) => onEdit({ unboundedCall })}
        />
      )}
    </>
  );
}

/** Its name, and whose calls it counts. */
function Whose({ form, onEdit }: FieldsProps) {
  return (
    <div className="fields two">
      <Field label="Name" value={form.name} required onChange={(name) => onEdit({ name })} />
      <Pick
        label="Counts the calls of"
        value={form.kind}
        choices={KINDS}
        onChange={(kind) => onEdit({ kind: kind as BudgetForm['kind'] })}
      />
      {form.kind === 'tag' && (
        <Field label="Tag" value={form.tag} required onChange={(tag) => onEdit({ tag })} placeholder="env" />
      )}
      {form.kind !== 'organisation' && (
        <Field
          label={form.kind === 'tag' ? 'Value of the tag' : `Which ${form.kind}`}
          value={form.value}
          required
          hint="* is a budget of this size for each"
          onChange={(value) => onEdit({ value })}
        />
      )}
    </div>
  );
}

/** What a mode cannot have goes with it, before the server has to say so. */
function modeChange(mode: BudgetForm['mode'], form: BudgetForm): Partial<BudgetForm> {
  if (mode === 'observe') return { mode, onLoss: 'open', throttle: '', downgrade: '', block: '' };
  return {
    mode,
    onLoss: form.mode === 'observe' || (mode === 'hard' && form.onLoss === 'open') ? 'local' : form.onLoss,
  };
}

function Thresholds({ form, onEdit }: FieldsProps) {
  return (
    <fieldset className="fields thresholds">
      <legend className="small quiet">From a share of the amount on, spent and reserved; empty: never</legend>
      <Field label="Warn at %" value={form.warn} numeric onChange={(warn) => onEdit({ warn })} />
      {form.mode !== 'observe' && (
        <>
          <Field
            label="Throttle at %"
            value={form.throttle}
            numeric
            onChange={(throttle) => onEdit({ throttle })}
          />
          {form.throttle !== '' && (
            <Field
              label="Calls a second"
              hint="of each worker"
              value={form.callsPerSecond}
              required
              numeric
              onChange={(callsPerSecond) => onEdit({ callsPerSecond })}
            />
          )}
          <Field
            label="Downgrade at %"
            value={form.downgrade}
            numeric
            onChange={(downgrade) => onEdit({ downgrade })}
          />
          {form.downgrade !== '' && (
            <Field label="To model" value={form.model} required onChange={(model) => onEdit({ model })} />
          )}
          <Field label="Block at %" value={form.block} numeric onChange={(block) => onEdit({ block })} />
        </>
      )}
    </fieldset>
  );
}
