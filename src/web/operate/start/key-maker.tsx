import { useMutation, useQueryClient } from '@tanstack/react-query';

import { api } from '../../parts/server.ts';
import { Trouble } from '../../inform/trouble.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { useTryKey } from '../../parts/try-key.ts';

interface KeyMakerProps {
  readonly needsKey: boolean;
  /** The one that was just made; empty: none was. */
  readonly secret: string;
  readonly onMade: (secret: string) => void;
}

const NEW_KEY = { name: 'getting started', workflow: 'support', team: 'CX' };

/** Whether a key is needed, in words; and where it is, one that is made here and shown once. */
export function KeyMaker({ needsKey, secret, onMade }: KeyMakerProps) {
  const queries = useQueryClient();
  const keyOf = useTryKey();
  const make = useMutation({
    mutationFn: () => api.createKey(NEW_KEY, keyOf(JSON.stringify(NEW_KEY))),
    onSuccess: ({ secret: made }) => onMade(made),
    onSettled: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  });
  if (secret !== '')
    return (
      <div className="notice secret" role="status">
        <Icon name="check" />
        <span>
          <b>This key is shown this once</b>, here and in the snippets above. Only its digest is kept.{' '}
          <code className="mono">{secret}</code>
        </span>
        <CopyButton text={secret} label="Copy the key" />
      </div>
    );
  return (
    <div className="body key-maker">
      <p className="soft">
        {needsKey
          ? 'This gateway asks for a Setpoint key. Make one here, or take one that you have.'
          : 'No key is needed yet: there is none, and only programs on this machine reach the gateway. The first key ends that: from then on every call needs one.'}
      </p>
      <button
        type="button"
        className={needsKey ? 'btn primary' : 'btn'}
        disabled={make.isPending}
        onClick={() => make.mutate()}
      >
        Make a key
      </button>
      {make.error !== null && <Trouble error={make.error} doing />}
    </div>
  );
}
