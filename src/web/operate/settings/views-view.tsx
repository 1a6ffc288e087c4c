import { useContext } from 'react';

import type { View } from '../../../api/contract/views.ts';
import { Trouble } from '../../inform/trouble.tsx';
import { dateText } from '../../parts/instants.ts';
import { PageNames } from '../../parts/page-names.ts';
import { openOverlay } from '../../parts/overlay.ts';
import { onView } from '../../parts/views/current-view.ts';
import { renamed } from '../../parts/views/renamed.ts';
import { useViewActs, useViews } from '../../parts/views/views-data.ts';

/** All saved views, with who saved them and when they were changed last. */
export function ViewsView() {
  const { views, error } = useViews();
  return (
    <section className="card" aria-labelledby="saved-views">
      <header>
        <h2 id="saved-views">Saved views</h2>
        <p>{views.length === 1 ? '1 view' : `${views.length} views`}, for everybody here</p>
      </header>
      {error !== null && <Trouble error={error} />}
      <div className="scroll" tabIndex={0} role="region" aria-label="Table of saved views">
        <table className="settings">
          <thead>
            <tr>
              <th scope="col">View</th>
              <th scope="col">Page</th>
              <th scope="col">Note</th>
              <th scope="col">Owner</th>
              <th scope="col">Saved, UTC</th>
              <th scope="col">Changed, UTC</th>
              <th scope="col">
                <span className="sr">What to do with it</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {views.map((view) => (
              <Row key={view.id} view={view} />
            ))}
          </tbody>
        </table>
      </div>
      <footer>
        <span>
          The key <kbd>s</kbd> saves the page that is shown; <kbd>v</kbd> opens the list.{' '}
          <code className="mono">setpoint view list</code> has the same.
        </span>
      </footer>
    </section>
  );
}

function Row({ view }: { readonly view: View }) {
  const { remove } = useViewActs();
  const pageName = useContext(PageNames);
  const { name, link, path, note, owner, version, madeAt, changedAt, changedBy } = view;
  return (
    <tr>
      <td>
        <a href={link} onClick={onView(view)}>
          {name}
        </a>
      </td>
      <td>{pageName(path)}</td>
      <td className="wraps">{note === '' ? '–' : note}</td>
      <td>{owner}</td>
      <td>{dateText(madeAt)}</td>
      <td>{version === 1 ? '–' : `${dateText(changedAt)}, ${changedBy}`}</td>
      <td>
        <button
          type="button"
          className="btn plain"
          aria-label={`Rename ${name}`}
          onClick={() => {
            renamed.set(view);
            openOverlay('rename-view');
          }}
        >
          Rename
        </button>
        <button
          type="button"
          className="btn plain"
          aria-label={`Delete ${name}`}
          onClick={() => void remove(view)}
        >
          Delete
        </button>
      </td>
    </tr>
  );
}
