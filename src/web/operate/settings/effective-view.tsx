import type { EffectiveSetting, EffectiveSettings } from '../../../api/contract/settings.ts';
import type { Go } from '../../parts/address.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { saveBlob } from '../../parts/downloads.tsx';
import { Icon } from '../../parts/icon.tsx';

interface EffectiveViewProps {
  readonly data: EffectiveSettings;
  readonly find: string;
  /** `on`: only what somebody said. */
  readonly said: string;
  readonly go: Go<'find' | 'said' | 'view'>;
}

export function EffectiveView({ data, find, said, go }: EffectiveViewProps) {
  const wanted = find.trim().toLowerCase();
  const shown = data.settings.filter(
    ({ path, value, where, origin }) =>
      (said !== 'on' || origin !== 'default') &&
      (wanted === '' || `${path} ${value} ${where}`.toLowerCase().includes(wanted)),
  );
  return (
    <section className="card" aria-labelledby="in-force">
      <header>
        <h2 id="in-force">In force</h2>
        <p>Flags go before the environment, the environment before the file. A secret is never among them.</p>
        <span className="push">
          <label className="check">
            <input
              type="checkbox"
              checked={said === 'on'}
              onChange={() => go({ said: said === 'on' ? '' : 'on' }, 'replace')}
            />
            only what was said
          </label>
          <label className="seek">
            <span className="sr">Find a setting</span>
            <input
              type="search"
              placeholder="Find a setting"
              value={find}
              onChange={(event) => go({ find: event.target.value }, 'replace')}
            />
          </label>
        </span>
      </header>
      {shown.length === 0 ? (
        <p className="body soft">No setting is so.</p>
      ) : (
        <SettingTable settings={shown} />
      )}
      <footer>
        <span>
          Change them in {data.file === '' ? 'setpoint.yaml' : <code className="mono">{data.file}</code>},
          then <code className="mono">setpoint reload</code>; those marked with restart need one.
        </span>
        <span className="push" />
        <Export yaml={data.yaml} />
      </footer>
    </section>
  );
}

function SettingTable({ settings }: { readonly settings: readonly EffectiveSetting[] }) {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Table of settings">
      <table className="settings">
        <thead>
          <tr>
            <th scope="col">Setting</th>
            <th scope="col">Value</th>
            <th scope="col">Said by</th>
            <th scope="col">A change needs</th>
          </tr>
        </thead>
        <tbody>
          {settings.map(({ path, value, origin, where, note, fixed }) => (
            <tr key={path}>
              <td>
                <code className="mono">{path}</code>
              </td>
              <td className="wraps">
                {value}
                {note !== '' && <small>{note}</small>}
              </td>
              <td>
                {origin === 'default' ? (
                  <span className="quiet">nobody: as it comes</span>
                ) : (
                  <>
                    <span className="chip line">{origin}</span>{' '}
                    {origin === 'file' ? null : <code className="mono">{where}</code>}
                  </>
                )}
              </td>
              <td className="quiet">{fixed ? 'restart' : 'reload'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Export({ yaml }: { readonly yaml: string | null }) {
  if (yaml === null) return <span>Too long to be exported here: take the file itself.</span>;
  return (
    <>
      <CopyButton text={yaml} label="Copy the settings as YAML" />
      <button
        type="button"
        className="btn"
        onClick={() => saveBlob(new Blob([yaml], { type: 'application/yaml' }), 'setpoint.yaml')}
      >
        <Icon name="share" />
        Export as YAML
      </button>
    </>
  );
}
