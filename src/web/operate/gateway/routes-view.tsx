import type { GatewayStanding, Route } from '../../../api/contract/gateway.ts';
import { NONE } from '../../../units/figures.ts';
import { StateChip } from '../../parts/chips.tsx';

/** Which way a call goes, as the rulebook in force has it: the first of its dialect that knows the model. */
export function RoutesView({ standing: { routes, rulebook } }: { readonly standing: GatewayStanding }) {
  return (
    <section className="card" aria-labelledby="routes">
      <header>
        <h2 id="routes">Routes</h2>
        <p>
          {rulebook === null ? 'No rulebook is known here' : `Rulebook ${rulebook.version}`} · tried in this
          order; provider/model names one outright
        </p>
      </header>
      {routes.length === 0 ? (
        <p className="body soft">
          No provider serves, so there is no way for a call. Set a key under Providers, or add a provider in
          setpoint.yaml.
        </p>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label="Table of routes">
          <table>
            <thead>
              <tr>
                <th scope="col">Asked for</th>
                <th scope="col">Dialect</th>
                <th scope="col">Goes to</th>
                <th scope="col">Asks it for</th>
                <th scope="col">When it fails</th>
              </tr>
            </thead>
            <tbody>
              {routes.map((route, at) => (
                <RouteRow key={`${route.dialect} ${route.provider} ${route.model} ${at}`} route={route} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function RouteRow({
  route: { model, dialect, provider, asks, fallbacks, simulated },
}: {
  readonly route: Route;
}) {
  return (
    <tr>
      <td>
        <code className="mono">{model}</code> {model === '*' && <span className="quiet">any model</span>}
      </td>
      <td>{dialect}</td>
      <td>
        {provider} {simulated && <StateChip state="simulated" />}
      </td>
      <td>
        {asks === '' ? <span className="quiet">the same name</span> : <code className="mono">{asks}</code>}
      </td>
      <td>{fallbacks.length === 0 ? NONE : fallbacks.join(', then ')}</td>
    </tr>
  );
}
