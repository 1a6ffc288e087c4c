/** Every shortcut, as the keys know it, and the switch that turns single keys off. */
import { Dialog } from './dialog.tsx';
import { KeySwitch } from './key-switch.tsx';
import { Keys } from './keys.tsx';
import { openOverlay } from './overlay.ts';
import { SHORTCUTS, SHORTCUT_GROUPS } from './shortcuts.ts';

export function Help() {
  return (
    <Dialog
      title="Shortcuts"
      note="None acts while you write in a field."
      onClose={() => openOverlay(undefined)}
    >
      <div className="help">
        {SHORTCUT_GROUPS.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {SHORTCUTS.filter((one) => one.group === group).map(({ keys, label }) => (
                <div key={keys}>
                  <dt>{label}</dt>
                  <dd>
                    <Keys keys={keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <div className="part">
        <KeySwitch />
      </div>
    </Dialog>
  );
}
