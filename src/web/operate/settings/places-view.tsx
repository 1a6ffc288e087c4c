import type { EffectiveSettings } from '../../../api/contract/settings.ts';

/** Where everything lies and how long it stays: on the server's machine, said by the server. */
export function PlacesView({ data }: { readonly data: EffectiveSettings }) {
  return (
    <section className="card" aria-labelledby="places">
      <header>
        <h2 id="places">Where data lie, and how long</h2>
        <p>On the server’s machine</p>
      </header>
      <div className="scroll" tabIndex={0} role="region" aria-label="Table of places">
        <table className="settings">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Where</th>
              <th scope="col">How long, and why</th>
            </tr>
          </thead>
          <tbody>
            {data.places.map(({ what, path, note }) => (
              <tr key={what}>
                <td>{what}</td>
                <td className="wraps">
                  <code className="mono">{path}</code>
                </td>
                <td className="wraps">{note}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <footer>
        <span>
          <code className="mono">setpoint backup</code> copies everything that cannot be made again;{' '}
          <code className="mono">setpoint verify</code> says whether all of it is as it was.
        </span>
      </footer>
    </section>
  );
}
