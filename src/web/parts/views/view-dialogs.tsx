/** Saving what is shown under a name, and giving a view another one. Loaded when first wanted. */
import { useState } from 'react';

import type { View } from '../../../api/contract/views.ts';
import { Dialog } from '../dialog.tsx';
import { Field } from '../field.tsx';
import { filtersNow } from '../filters.ts';
import { openOverlay } from '../overlay.ts';
import { say } from '../saying.tsx';
import { useTryKey } from '../try-key.ts';
import { hereNow, markOpened } from './current-view.ts';
import { renamed } from './renamed.ts';
import { useViewActs } from './views-data.ts';

const close = (): void => openOverlay(undefined);
const DATES = /^\d{4}/;

export function SaveView() {
  const { save } = useViewActs();
  const tryKey = useTryKey();
  const [here] = useState(hereNow);
  const isFixed = DATES.test(filtersNow().during);
  return (
    <ViewDialog
      title="Save this view"
      note={
        isFixed
          ? 'The page with its filters. Its dates are fixed: it shows the same days whenever it is opened.'
          : 'The page with its filters. Its period stays relative: opened later, it shows the days of then.'
      }
      act="Save"
      name=""
      about=""
      onAct={async (name, note) => {
        const view = { name, note, ...here };
        const { id } = await save(view, tryKey(JSON.stringify(view)));
        markOpened(id);
        say(`${name} is saved.`);
      }}
    />
  );
}

export function RenameView() {
  const view = renamed.use();
  return view === undefined ? null : <Rename view={view} />;
}

function Rename({ view }: { readonly view: View }) {
  const { change } = useViewActs();
  return (
    <ViewDialog
      title="Rename the view"
      note={view.name}
      act="Rename"
      name={view.name}
      about={view.note}
      onAct={async (name, note) => {
        const text =
          name === view.name ? `The note of ${name} is changed` : `${view.name} is called ${name} now`;
        await change(view, { name, note }, text);
      }}
    />
  );
}

interface ViewDialogProps {
  readonly title: string;
  readonly note: string;
  readonly act: string;
  readonly name: string;
  readonly about: string;
  /** @throws Error that says why it was not done. */
  readonly onAct: (name: string, note: string) => Promise<void>;
}

function ViewDialog({ title, note, act, name: firstName, about, onAct }: ViewDialogProps) {
  const [name, setName] = useState(firstName);
  const [text, setText] = useState(about);
  const [trouble, setTrouble] = useState('');
  const [pending, setPending] = useState(false);
  const send = async (): Promise<void> => {
    setPending(true);
    try {
      await onAct(name.trim(), text.trim());
      close();
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error));
      setPending(false);
    }
  };
  return (
    <Dialog title={title} note={note} onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '' && !pending) void send();
        }}
      >
        <Field label="Name" value={name} required onChange={setName} hint="At most 80 characters." />
        <Field label="Note" value={text} onChange={setText} hint="What it is for; may stay empty." />
        <p role="alert">{trouble}</p>
        <div className="acts end">
          <button type="button" className="btn plain" onClick={close}>
            Cancel
          </button>
          <button type="submit" className="btn primary" disabled={name.trim() === '' || pending}>
            {act}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
