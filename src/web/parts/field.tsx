import { useId } from 'react';
import type { ReactNode } from 'react';

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: ReactNode;
  readonly required?: boolean;
  readonly type?: 'text' | 'date' | 'month' | 'search';
  readonly placeholder?: string;
  /** Names to choose from; others can be written too. */
  readonly known?: readonly string[];
  readonly numeric?: boolean;
}

/** A thing to write, under its name. */
export function Field(props: FieldProps) {
  const { label, value, onChange, hint, required = false, type = 'text', placeholder, known } = props;
  const id = useId();
  const hintId = `${id}hint`;
  const listId = `${id}list`;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type={type}
        value={value}
        required={required}
        placeholder={placeholder}
        inputMode={props.numeric === true ? 'decimal' : undefined}
        className={props.numeric === true ? 'num' : undefined}
        list={known === undefined ? undefined : listId}
        aria-describedby={hint === undefined ? undefined : hintId}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
      />
      {known !== undefined && (
        <datalist id={listId}>
          {known.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
      {hint !== undefined && <small id={hintId}>{hint}</small>}
    </div>
  );
}

interface PickProps {
  readonly label: string;
  readonly value: string;
  readonly choices: Readonly<Record<string, string>>;
  readonly onChange: (value: string) => void;
}

/** A thing to choose, under its name. */
export function Pick({ label, value, choices, onChange }: PickProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
        {Object.entries(choices).map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}
