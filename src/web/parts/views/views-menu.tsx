/** Saved views in the top line: the one that is shown, whether it was changed, and all there are. */
import { useContext } from 'react';

import type { View } from '../../../api/contract/views.ts';
import { Drop, DropText } from '../drop.tsx';
import { Icon } from '../icon.tsx';
import { Keys } from '../keys.tsx';
import { openOverlay, useOverlay } from '../overlay.ts';
import { PageNames } from '../page-names.ts';
import { hereNow, markOpened, onView, openView, useCurrentView } from './current-view.ts';
import type { CurrentView } from './current-view.ts';
import { renamed } from './renamed.ts';
import { sayTrouble, useViewActs, useViews } from './views-data.ts';

export function ViewsMenu() {
  const open = useOverlay() === 'views';
  const { views, error } = useViews();
  const current = useCurrentView(views);
  return (
    <>
      {current !== undefined && <CurrentLine current={current} />}
      <Drop name="views" label="Views" icon="pin">
        {open && <Choices views={views} current={current} trouble={error?.message ?? ''} />}
      </Drop>
    </>
  );
}

function CurrentLine({ current }: { readonly current: CurrentView }) {
  return (
    <span className="view-now">
      <span className="chip line">{current.view.name}</span>
      {current.changed && (
        <>
          <span className="chip warn">changed</span>
          <ChangeActs current={current} />
        </>
      )}
    </span>
  );
}

/** Keeps the changes in the view, or goes back to what it was. */
function ChangeActs({ current: { view } }: { readonly current: CurrentView }) {
  const acts = useViewActs();
  const save = (): void => {
    openOverlay(undefined);
    markOpened(view.id);
    void acts.change(view, hereNow(), `${view.name} is saved as it is shown`).catch(sayTrouble);
  };
  return (
    <>
      <button
        type="button"
        className="btn plain"
        aria-label={`Save the changes in ${view.name}`}
        onClick={save}
      >
        Save
      </button>
      <button
        type="button"
        className="btn plain"
        aria-label={`Discard the changes of ${view.name}`}
        onClick={() => openView(view)}
      >
        Discard
      </button>
    </>
  );
}

interface ChoicesProps {
  readonly views: readonly View[];
  readonly current: CurrentView | undefined;
  readonly trouble: string;
}

function Choices({ views, current, trouble }: ChoicesProps) {
  return (
    <>
      {trouble !== '' && <p className="drop-note">Views could not be read: {trouble}</p>}
      {current?.changed === true && (
        <div className="view-changed">
          <span>{current.view.name} is changed</span>
          <ChangeActs current={current} />
        </div>
      )}
      {views.map((view) => (
        <Choice key={view.id} view={view} isShown={current?.view.id === view.id && !current.changed} />
      ))}
      <button type="button" className="btn plain" onClick={() => openOverlay('save-view')}>
        <DropText
          label={views.length === 0 ? 'Save this page as the first view' : 'Save this view'}
          note="with its filters; relative periods stay relative"
        />
        <Keys keys="s" />
      </button>
    </>
  );
}

function Choice({ view, isShown }: { readonly view: View; readonly isShown: boolean }) {
  const acts = useViewActs();
  const pageName = useContext(PageNames);
  return (
    <div className="view-choice">
      <a
        className="btn plain"
        href={view.link}
        aria-current={isShown ? 'true' : undefined}
        onClick={onView(view)}
      >
        <DropText label={view.name} note={[pageName(view.path), view.note].filter(Boolean).join(', ')} />
      </a>
      <button
        type="button"
        className="btn plain"
        aria-label={`Rename ${view.name}`}
        onClick={() => {
          renamed.set(view);
          openOverlay('rename-view');
        }}
      >
        Rename
      </button>
      <button
        type="button"
        className="btn plain square"
        aria-label={`Delete ${view.name}`}
        onClick={(event) => {
          // The row goes; who works by keyboard stays where the list hangs from.
          event.currentTarget.closest('.drop')?.querySelector<HTMLElement>('.btn')?.focus();
          openOverlay(undefined);
          void acts.remove(view);
        }}
      >
        <Icon name="cross" />
      </button>
    </div>
  );
}
