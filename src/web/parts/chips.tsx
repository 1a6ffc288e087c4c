import { Icon } from './icon.tsx';

/** A state that a number can be in; each has one mark on every page. */
export type State = 'unpriced' | 'unattributed' | 'simulated' | 'counted' | 'presumed' | 'flagged' | 'aborted' | 'failed' | 'error' | 'crashed';

const LOOK: Readonly<Record<State, string>> = {
  unpriced: 'warn',
  unattributed: 'warn',
  flagged: 'warn',
  simulated: 'line',
  counted: 'hatched',
  presumed: 'hatched',
  aborted: '',
  failed: 'bad',
  error: 'bad',
  crashed: 'bad',
};

export function StateChip({ state, title }: { readonly state: State; readonly title?: string }) {
  return (
    <span className={`chip ${LOOK[state]}`} title={title}>
      {state === 'unattributed' && <Icon name="tag" />}
      {state}
    </span>
  );
}

/** A name, or the chip that says that nobody gave one. */
export function Named({ name }: { readonly name: string }) {
  return name === '' ? <StateChip state="unattributed" /> : <>{name}</>;
}
