import { useState } from 'react';
import type { ReactNode } from 'react';

import { Field } from './field.tsx';

const LEAST = 3;

interface ReasonFormProps {
  /** What will happen, and to which money. */
  readonly text: string;
  readonly act: string;
  readonly pending: boolean;
  readonly onAct: (reason: string) => void;
  readonly onCancel: () => void;
  readonly children?: ReactNode;
}

/** What will happen is said, and why is asked, before it does. */
export function ReasonForm({ text, act, pending, onAct, onCancel, children }: ReasonFormProps) {
  const [reason, setReason] = useState('');
  const ready = reason.trim().length >= LEAST;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onAct(reason.trim());
      }}
    >
      <p>{text}</p>
      <Field label="Reason" value={reason} required onChange={setReason} hint="Kept with the decision." />
      {children}
      <div className="acts end">
        <button type="button" className="btn plain" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" className="btn primary" disabled={!ready || pending}>
          {act}
        </button>
      </div>
    </form>
  );
}
