import type { KeyboardEvent } from 'react';

import { Icon } from '../icon.tsx';

interface ChoiceListProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly { readonly value: string; readonly label: string; readonly key?: string }[];
  readonly onPick: (value: string) => void;
}

/** A few things to choose one from; arrows walk. */
export function ChoiceList({ label, value, choices, onPick }: ChoiceListProps) {
  return (
    <div className="options" role="group" aria-label={label} onKeyDown={walk}>
      {choices.map((one) => (
        <button
          key={one.value}
          type="button"
          className="option"
          aria-pressed={one.value === value}
          onClick={() => onPick(one.value)}
        >
          <span className="option-mark">{one.value === value && <Icon name="check" />}</span>
          <span className="option-label">{one.label}</span>
          {one.key !== undefined && <kbd>{one.key}</kbd>}
        </button>
      ))}
    </div>
  );
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

function walk(event: KeyboardEvent<HTMLElement>): void {
  const step = STEPS[event.key];
  if (step === undefined) return;
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('button')];
  const at = buttons.findIndex((one) => one === document.activeElement);
  event.preventDefault();
  buttons[(at + step + buttons.length) % buttons.length]?.focus();
}
