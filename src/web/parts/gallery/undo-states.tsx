/** The bar that says what was done, in each of its states. */
import { ApiProblem } from '../../../api/client.ts';
import { UndoWords } from '../undo-bar.tsx';
import type { UndoState } from '../undo.ts';
import { Example, Group } from './example.tsx';

const DEED = {
  text: 'Support is changed to $700.00 per month',
  effect: 'Before: $500.00.',
  undo: () => Promise.resolve(),
  refresh: () => undefined,
};
const MOVED = new ApiProblem({
  type: 'urn:setpoint:problem:version_moved',
  title: 'Somebody decided in between',
  status: 409,
  detail: 'Budget "support" has a newer version than the one that was meant. Nothing was changed.',
  instance: '/api/v1/budgets/support',
  code: 'version_moved',
  errors: [],
  request_id: '',
});
const STATES: ReadonlyArray<readonly [name: string, state: UndoState]> = [
  ['Done', { kind: 'done', deed: DEED }],
  ['On its way', { kind: 'undoing', deed: DEED }],
  ['Taken back', { kind: 'undone', deed: DEED }],
  ['Refused', { kind: 'refused', what: 'undoing', text: DEED.text, error: MOVED }],
];
const nothing = (): void => undefined;

export function UndoStates() {
  return (
    <Group title="Undo" note="at the bottom of the page, for ten seconds; never the only way back">
      {STATES.map(([name, state]) => (
        <Example key={name} name={name}>
          <UndoWords state={state} onUndo={nothing} onClose={nothing} />
        </Example>
      ))}
    </Group>
  );
}
