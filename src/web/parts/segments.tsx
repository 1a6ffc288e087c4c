interface SegmentsProps {
  readonly label: string;
  readonly value: string;
  readonly choices: Readonly<Record<string, string>>;
  readonly onChange: (value: string) => void;
}

/** The views of one page. */
export function Segments({ label, value, choices, onChange }: SegmentsProps) {
  return (
    <div className="segments" role="group" aria-label={label}>
      {Object.entries(choices).map(([name, text]) => (
        <button key={name} type="button" aria-pressed={name === value} onClick={() => onChange(name)}>
          {text}
        </button>
      ))}
    </div>
  );
}
