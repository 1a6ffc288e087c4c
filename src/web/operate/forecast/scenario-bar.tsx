/** Saved scenarios: which are laid over the forecast, and what can be done with them. */
import type { ScenarioRecord } from '../../../api/contract/plans.ts';
import type { DriverChange } from '../../../operate/forecast/scenario.ts';
import { Icon } from '../../parts/icon.tsx';

export type Doing =
  | { readonly what: 'save'; readonly saved: ScenarioRecord | undefined }
  | { readonly what: 'remove'; readonly saved: ScenarioRecord }
  | { readonly what: 'import' }
  | { readonly what: 'propose' };

interface ScenarioBarProps {
  readonly saved: readonly ScenarioRecord[];
  readonly shown: readonly string[];
  readonly picked: string;
  readonly draft: readonly DriverChange[];
  /** The saved one that is being changed. */
  readonly editing: ScenarioRecord | undefined;
  readonly onToggle: (id: string) => void;
  readonly onEdit: (saved: ScenarioRecord) => void;
  readonly onDo: (doing: Doing) => void;
}

export function ScenarioBar(props: ScenarioBarProps) {
  const { saved, shown, picked, draft, editing, onToggle, onEdit, onDo } = props;
  const chosen = saved.find(({ id }) => id === picked);
  return (
    <div className="scenario-bar">
      <div className="acts" role="group" aria-label="Saved scenarios laid over the forecast">
        {saved.length === 0 && <span className="quiet small">No scenario is saved for this yet.</span>}
        {saved.map(({ id, name }) => (
          <button
            key={id}
            type="button"
            className="btn toggle"
            aria-pressed={shown.includes(id)}
            onClick={() => onToggle(id)}
          >
            <span className="cut">{name}</span>
          </button>
        ))}
      </div>
      <div className="acts push">
        {draft.length > 0 && (
          <button type="button" className="btn" onClick={() => onDo({ what: 'save', saved: editing })}>
            <Icon name="pin" />
            {editing === undefined ? 'Save as scenario' : `Save ${editing.name}`}
          </button>
        )}
        {chosen !== undefined && (
          <>
            <button type="button" className="btn plain" onClick={() => onEdit(chosen)}>
              Change
            </button>
            <button
              type="button"
              className="btn plain"
              onClick={() => onDo({ what: 'remove', saved: chosen })}
            >
              Remove
            </button>
          </>
        )}
        <button type="button" className="btn plain" onClick={() => onDo({ what: 'import' })}>
          Import
        </button>
      </div>
    </div>
  );
}
