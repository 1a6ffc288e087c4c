import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';

import type { Provider } from '../../../api/contract.ts';
import { api } from '../../parts/server.ts';
import { Trouble } from '../../inform/trouble.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { say } from '../../parts/saying.tsx';

interface ProviderDialogProps {
  readonly provider: Provider;
  readonly onClose: () => void;
}

/** The credential goes in, is sealed, and never comes out: the field is emptied whatever becomes of it. */
export function ProviderKeyDialog({ provider: { name, dialect }, onClose }: ProviderDialogProps) {
  const [key, setKey] = useState('');
  const id = useId();
  const queries = useQueryClient();
  const set = useMutation({
    mutationFn: () => api.setProviderKey(name, { key: key.trim(), dialect }),
    onSuccess: ({ published }) => {
      say(
        published
          ? `The key of ${name} is sealed; calls use it from now on.`
          : `The key of ${name} is sealed; the gateways could not be told yet.`,
      );
      onClose();
    },
    onSettled: async () => {
      setKey('');
      await queries.invalidateQueries({ queryKey: ['providers'] });
      await queries.invalidateQueries({ queryKey: ['gateway'] });
    },
  });
  const ready = key.trim() !== '' && !set.isPending;
  return (
    <Dialog title="Give a key" note={`${name}, ${dialect}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) set.mutate();
        }}
      >
        <p>
          It is sealed under the master key of this installation and goes before the place that the settings
          name. Nobody can read it here again.
        </p>
        <div className="field">
          <label htmlFor={id}>Key of {name}</label>
          <input
            id={id}
            type="password"
            value={key}
            required
            autoComplete="off"
            onChange={(event) => setKey(event.target.value)}
          />
          <small>
            {dialect === 'bedrock'
              ? 'A JSON object with accessKeyId, secretAccessKey and, where there is one, sessionToken.'
              : 'One line, as the provider gave it.'}
          </small>
        </div>
        {set.error !== null && <Trouble error={set.error} doing />}
        <div className="acts end">
          <button type="button" className="btn plain" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="btn primary" disabled={!ready}>
            Seal the key
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function WithdrawDialog({ provider: { name, dialect }, onClose }: ProviderDialogProps) {
  const queries = useQueryClient();
  const withdraw = useMutation({
    mutationFn: () => api.removeProviderKey(name, { dialect }),
    onSuccess: () => {
      say(`The key of ${name} that was given here is gone.`);
      onClose();
    },
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: ['providers'] });
      await queries.invalidateQueries({ queryKey: ['gateway'] });
    },
  });
  return (
    <Dialog title="Withdraw the key" note={`${name}, ${dialect}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          withdraw.mutate();
        }}
      >
        <p>
          The sealed key is removed and cannot be had again. The place that the settings name holds then;
          where it has none, {name} is not asked any more and its calls are refused at no cost.
        </p>
        {withdraw.error !== null && <Trouble error={withdraw.error} doing />}
        <div className="acts end">
          <button type="button" className="btn plain" onClick={onClose}>
            Keep it
          </button>
          <button type="submit" className="btn primary" disabled={withdraw.isPending}>
            Withdraw the key
          </button>
        </div>
      </form>
    </Dialog>
  );
}
