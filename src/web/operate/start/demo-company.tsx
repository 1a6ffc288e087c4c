import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { api } from '../../parts/server.ts';
import { useWorkspace } from '../../parts/workspace.ts';
import { Trouble } from '../../inform/trouble.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';

const LOAD = 'npm run demo';

/** A workspace of real calls never becomes a demo: the demo is another workspace, and here it can only be ended. */
export function DemoCompany() {
  const data = useWorkspace();
  if (data === undefined) return null;
  return (
    <section className="card" aria-labelledby="demo-company">
      <header>
        <h2 id="demo-company">{data.kind === 'demo' ? 'Clear the demo' : 'Load the demo company'}</h2>
      </header>
      {data.kind === 'demo' ? <Clear company={data.company ?? 'demo'} /> : <Load />}
    </section>
  );
}

function Load() {
  return (
    <div className="body stack-tight">
      <p className="soft">
        A fictional company with fifteen months of calls, statements and stories to find. It lives in a
        workspace of its own, so that no invented dollar lies among yours. Stop this one first, or give the
        demo other ports.
      </p>
      <pre className="snippet" tabIndex={0} aria-label="How to load the demo company">
        {LOAD}
      </pre>
      <CopyButton text={LOAD} label="Copy the command" />
    </div>
  );
}

function Clear({ company }: { readonly company: string }) {
  const [open, setOpen] = useState(false);
  const [wiped, setWiped] = useState(false);
  if (wiped)
    return (
      <p className="body" role="status">
        The demo stops now and its data go. Nothing answers here any more;{' '}
        <code className="mono">npm start</code> begins a workspace of your own.
      </p>
    );
  return (
    <div className="body stack-tight">
      <p className="soft">
        These are the calls of {company}, which is fictional. Clearing stops this server and removes its data
        directory. Real calls are never in it.
      </p>
      <button type="button" className="btn" onClick={() => setOpen(true)}>
        Clear the demo …
      </button>
      {open && (
        <ClearDialog company={company} onClose={() => setOpen(false)} onWiped={() => setWiped(true)} />
      )}
    </div>
  );
}

interface ClearDialogProps {
  readonly company: string;
  readonly onClose: () => void;
  readonly onWiped: () => void;
}

export function ClearDialog({ company, onClose, onWiped }: ClearDialogProps) {
  const [typed, setTyped] = useState('');
  const wipe = useMutation({
    mutationFn: () => api.wipe(),
    onSuccess: () => {
      onWiped();
      onClose();
    },
  });
  const ready = typed.trim() === company && !wipe.isPending;
  return (
    <Dialog title="Clear the demo" note={company} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) wipe.mutate();
        }}
      >
        <p>
          All of it goes: ledger, keys, budgets, what you decided in it. It cannot be undone, only loaded
          again.
        </p>
        <Field label={`Type ${company}`} value={typed} required onChange={setTyped} />
        {wipe.error !== null && <Trouble error={wipe.error} doing />}
        <div className="acts end">
          <button type="button" className="btn plain" onClick={onClose}>
            Keep it
          </button>
          <button type="submit" className="btn primary" disabled={!ready}>
            Clear the demo
          </button>
        </div>
      </form>
    </Dialog>
  );
}
