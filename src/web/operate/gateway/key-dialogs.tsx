/** What is done to a key that there is: another secret, or its end. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import type { Key } from '../../../api/contract/keys.ts';
import { api } from '../../parts/server.ts';
import { Trouble } from '../../inform/trouble.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { dateText } from '../../parts/instants.ts';
import { NumberField } from '../../parts/number-field.tsx';
import { ReasonForm } from '../../parts/reason-form.tsx';
import { say } from '../../parts/saying.tsx';
import { useTryKey } from '../../parts/try-key.ts';
import { Secret } from './secret.tsx';

interface KeyDialogProps {
  readonly apiKey: Key;
  readonly onClose: () => void;
}

const HOUR_SECONDS = 3_600;
const DEFAULT_HOURS = 24;
const MOST_HOURS = 90 * 24;

export function RotateDialog({ apiKey: { id, name }, onClose }: KeyDialogProps) {
  const [hours, setHours] = useState(DEFAULT_HOURS);
  const tryKey = useTryKey();
  const queries = useQueryClient();
  const rotate = useMutation({
    mutationFn: () => {
      const rotation = { overlapSeconds: hours * HOUR_SECONDS };
      return api.rotateKey(id, rotation, tryKey(JSON.stringify(rotation)));
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  });
  if (rotate.data !== undefined) {
    const { secret, key } = rotate.data;
    const words =
      key.formerUntil === null
        ? 'The secret of before works no longer.'
        : `The secret of before works until ${dateText(key.formerUntil)} UTC: replace it by then.`;
    return (
      <Dialog title="The new secret" note={name} onClose={onClose}>
        <Secret secret={secret} words={words} onClose={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog title="Rotate the key" note={name} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!rotate.isPending) rotate.mutate();
        }}
      >
        <p>It gets another secret. Its id, owner, limits and lines stay, and so does its budget.</p>
        <NumberField
          label="Hours in which both secrets work"
          value={hours}
          min={0}
          max={MOST_HOURS}
          hint="0: the secret of before ends now, and whoever still sends it is refused."
          onChange={setHours}
        />
        {rotate.error !== null && <Trouble error={rotate.error} doing />}
        <div className="acts end">
          <button type="button" className="btn plain" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="btn primary" disabled={rotate.isPending}>
            Rotate the key
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function RevokeDialog({ apiKey: { id, name }, onClose }: KeyDialogProps) {
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: (reason: string) => api.revokeKey(id, { reason }),
    onSuccess: ({ published }) => {
      say(published ? `${name} is revoked.` : `${name} is revoked; the gateways could not be told yet.`);
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  });
  return (
    <Dialog title="Revoke the key" note={name} onClose={onClose}>
      <ReasonForm
        text="From now on its calls are refused and cost nothing, and so are those of keys that were made with it. Calls under way end as they would. It cannot be undone: make another key instead."
        act="Revoke the key"
        pending={revoke.isPending}
        onAct={(reason) => revoke.mutate(reason)}
        onCancel={onClose}
      >
        {revoke.error !== null && <Trouble error={revoke.error} doing />}
      </ReasonForm>
    </Dialog>
  );
}
