import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { GatewayStanding, ProviderHealth } from '../../../api/contract/gateway.ts';
import type { ProviderKey } from '../../../api/contract/secrets.ts';
import type { Provider } from '../../../api/contract.ts';
import { countText, durationText, NONE, shareText } from '../../../units/figures.ts';
import { Heads } from '../../parts/heads.tsx';
import { asking } from '../../parts/server.ts';
import { Trouble } from '../../inform/trouble.tsx';
import { StateChip } from '../../parts/chips.tsx';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { ProviderKeyDialog, WithdrawDialog } from './provider-key-dialogs.tsx';
import { breakerText, credentialText, isOf, unsettled } from './gateway-words.ts';

type Doing = { readonly what: 'set' | 'withdraw'; readonly provider: Provider };

/** Who answers calls: where each is, whether it may be asked, and how it did, of the ledger’s newest attempts. */
export function ProvidersView({ standing }: { readonly standing: GatewayStanding }) {
  const [doing, setDoing] = useState<Doing>();
  const providers = useQuery({
    queryKey: ['providers'],
    queryFn: ({ signal }) => asking(signal).providers(),
  });
  const keys = useQuery({
    queryKey: ['providers', 'keys'],
    queryFn: ({ signal }) => asking(signal).providerKeys(),
  });
  const close = (): void => setDoing(undefined);
  const trouble = providers.error ?? keys.error;
  return (
    <section className="card" aria-labelledby="providers">
      <header>
        <h2 id="providers">Providers</h2>
        <p>
          Attempts of the last {standing.minutes} minutes
          {standing.sampled ? ', the newest 1,000 of them' : ''}; times are of those that were answered
        </p>
      </header>
      {trouble !== null && <Trouble error={trouble} />}
      <div className="scroll" tabIndex={0} role="region" aria-label="Table of providers">
        <table className="with-acts">
          <Head />
          <tbody>
            {(providers.data?.providers ?? []).map((provider) => (
              <Row
                key={`${provider.name} ${provider.dialect}`}
                provider={provider}
                standing={standing}
                credential={keys.data?.keys.find(
                  (one) => one.provider === provider.name && one.dialect === provider.dialect,
                )}
                onSet={() => setDoing({ what: 'set', provider })}
                onWithdraw={() => setDoing({ what: 'withdraw', provider })}
              />
            ))}
            {providers.data !== undefined &&
              unsettled(standing.health, providers.data.providers).map((health) => (
                <UnsettledRow key={`${health.provider} ${health.family}`} health={health} />
              ))}
          </tbody>
        </table>
      </div>
      {standing.health === null && (
        <p className="notice">
          <span>
            <b>The ledger does not answer</b>, so how providers do is not known. Calls are served and
            recorded.
          </span>
        </p>
      )}
      <footer>
        Providers are added in setpoint.yaml and taken in by “setpoint reload”. A credential that is given
        here is sealed, and never shown again.
      </footer>
      {doing?.what === 'set' && <ProviderKeyDialog provider={doing.provider} onClose={close} />}
      {doing?.what === 'withdraw' && <WithdrawDialog provider={doing.provider} onClose={close} />}
    </section>
  );
}

function Head() {
  return (
    <Heads
      texts={['Provider', 'Models', 'Credential', 'Serves', 'Breaker']}
      figures={['Attempts', 'Failed', 'Median', '95 of 100', 'First byte']}
      acts
    />
  );
}

interface RowProps {
  readonly provider: Provider;
  readonly standing: GatewayStanding;
  readonly credential: ProviderKey | undefined;
  readonly onSet: () => void;
  readonly onWithdraw: () => void;
}

function Row({ provider, standing, credential, onSet, onWithdraw }: RowProps) {
  const { name, dialect, baseUrl, models, simulated, serving } = provider;
  const health = standing.health?.find((one) => isOf(one, provider));
  const known = standing.health !== null;
  const breaker = breakerText(standing.workers, provider);
  return (
    <tr className="loose">
      <td>
        <span className="name">
          {name} {simulated && <StateChip state="simulated" />}
        </span>
        <small>
          {dialect} · <span className="mono">{baseUrl}</span>
        </small>
      </td>
      <td>
        <span className="cut" title={models.join(', ')}>
          {models.join(', ')}
        </span>
      </td>
      <td>
        {credentialText(provider, credential).state}
        <small>{credentialText(provider, credential).where}</small>
      </td>
      <td>
        <span className={serving ? 'chip good' : 'chip'}>{serving ? 'serves' : 'not asked'}</span>
      </td>
      <td>
        <span className={breaker.isOpen ? 'chip bad' : 'chip'} title={breaker.title}>
          {breaker.text}
        </span>
      </td>
      <Health health={health} known={known} name={name} />
      <td className="row-acts">
        {!simulated && credential !== undefined && (
          <>
            <button type="button" className="btn plain" onClick={onSet}>
              {credential.place === 'sealed' ? 'Replace key' : 'Set key'}
              <span className="sr">
                {' '}
                of {name}, {dialect}
              </span>
            </button>
            {credential.place === 'sealed' && (
              <button type="button" className="btn plain" onClick={onWithdraw}>
                Withdraw
                <span className="sr">
                  {' '}
                  the key of {name}, {dialect}
                </span>
              </button>
            )}
          </>
        )}
      </td>
    </tr>
  );
}

/** The ledger knows it and the settings do not: it was taken out, or lines of elsewhere were imported. Its attempts count all the same. */
function UnsettledRow({ health }: { readonly health: ProviderHealth }) {
  return (
    <tr className="loose">
      <td>
        <span className="name">
          {health.provider} {health.simulated && <StateChip state="simulated" />}
        </span>
        <small>{health.family} · not in these settings</small>
      </td>
      <td>{NONE}</td>
      <td>{NONE}</td>
      <td>
        <span className="chip">not asked</span>
      </td>
      <td>{NONE}</td>
      <Health health={health} known name={health.provider} />
      <td />
    </tr>
  );
}

function Health({
  health,
  known,
  name,
}: {
  readonly health: ProviderHealth | undefined;
  readonly known: boolean;
  readonly name: string;
}) {
  if (health === undefined)
    return (
      <>
        <td className="num">{known ? '0' : 'unknown'}</td>
        {['failed', 'p50', 'p95', 'first'].map((column) => (
          <td key={column} className="num">
            {NONE}
          </td>
        ))}
      </>
    );
  const { attempts, failed, failedShare, durationP50Ms, durationP95Ms, firstByteP50Ms } = health;
  return (
    <>
      <td className="num">
        <a className="proof" {...ledgerLink({ during: '24h', by: 'provider', only: [`provider=${name}`] })}>
          {countText(attempts)}
        </a>
      </td>
      <td className={failed > 0 ? 'num bad' : 'num'}>{shareText(failedShare, 1)}</td>
      <td className="num">{durationText(durationP50Ms)}</td>
      <td className="num">{durationText(durationP95Ms)}</td>
      <td className="num">{durationText(firstByteP50Ms)}</td>
    </>
  );
}
