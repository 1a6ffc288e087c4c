import { Icon } from './icon.tsx';

/** A state that a figure can be in; each has one mark on every page. */
export type State =
  | 'unpriced'
  | 'unattributed'
  | 'simulated'
  | 'estimated'
  | 'flagged'
  | 'aborted'
  | 'stopped by budget'
  | 'failed'
  | 'error'
  | 'crashed'
  | 'retry'
  | 'fallback'
  | 'hedge'
  | 'correction';

const LOOK: Readonly<Record<State, string>> = {
  unpriced: 'warn',
  unattributed: 'warn',
  flagged: 'warn',
  simulated: 'line',
  estimated: 'hatched',
  aborted: '',
  'stopped by budget': 'warn',
  failed: 'bad',
  error: 'bad',
  crashed: 'bad',
  retry: '',
  fallback: '',
  hedge: '',
  correction: '',
};

const MEANING: Readonly<Partial<Record<State, string>>> = {
  unpriced: 'No price is known: counted as a call, not as dollars',
  simulated: 'Answered by the simulator: no money was spent',
  estimated: 'The provider reported no usage; in the total until a correction replaces it',
  flagged: 'The parts that the provider reported do not add up to its total',
  aborted: 'The client left before the end',
  'stopped by budget': 'Its stream came to more than its budgets had left; what was delivered is counted',
  failed: 'No complete answer came from the provider',
  error: 'The provider answered with an error',
  crashed: 'The gateway ended before the attempt did',
};

export function StateChip({ state }: { readonly state: State }) {
  return (
    <span className={`chip ${LOOK[state]}`} title={MEANING[state]}>
      {state === 'unattributed' && <Icon name="tag" />}
      {state}
    </span>
  );
}

const OWNING: ReadonlySet<string> = new Set(['workflow', 'team', 'customer']);

/** A name; or where somebody should have given one, the chip that says that nobody did. */
export function Named({ name, dimension }: { readonly name: string; readonly dimension: string }) {
  if (name !== '') return <>{name}</>;
  return OWNING.has(dimension) ? <StateChip state="unattributed" /> : <span className="quiet">–</span>;
}
