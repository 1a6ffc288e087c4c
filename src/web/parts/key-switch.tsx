import { singleKeys } from './kept.ts';

/** Whether shortcuts of a single key act. The palette opens with its two keys in any case. */
export function KeySwitch() {
  const on = singleKeys.use() === 'on';
  return (
    <label className="switch-row">
      <input type="checkbox" checked={on} onChange={() => singleKeys.set(on ? 'off' : 'on')} />
      <span>
        Shortcuts of a single key
        <small>Off: only the palette’s keys act. Kept in this browser.</small>
      </span>
    </label>
  );
}
