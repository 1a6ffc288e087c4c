/** A whole number to type or to step, within bounds. */
import { NumberField as Base } from '@base-ui/react/number-field';
import { useId } from 'react';

interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly hint?: string;
  readonly onChange: (value: number) => void;
}

export function NumberField({ label, value, min, max, step = 1, hint, onChange }: NumberFieldProps) {
  const id = useId();
  const hintId = `${id}hint`;
  return (
    <Base.Root
      id={id}
      className="field"
      value={value}
      min={min}
      max={max}
      step={step}
      onValueChange={(next) => onChange(next ?? min)}
    >
      <label htmlFor={id}>{label}</label>
      <Base.Group className="stepper">
        <Base.Decrement aria-label={`Less: ${label}`}>−</Base.Decrement>
        <Base.Input className="num" aria-describedby={hint === undefined ? undefined : hintId} />
        <Base.Increment aria-label={`More: ${label}`}>+</Base.Increment>
      </Base.Group>
      {hint !== undefined && <small id={hintId}>{hint}</small>}
    </Base.Root>
  );
}
