import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { Key } from '../../../api/contract/keys.ts';
import { countText, moneyText, NONE } from '../../../units/figures.ts';
import { asking } from '../../parts/server.ts';
import { Trouble } from '../../inform/trouble.tsx';
import { Heads } from '../../parts/heads.tsx';
import { Icon } from '../../parts/icon.tsx';
import { dateText, dayText } from '../../parts/instants.ts';
import { ledgerLink } from '../../parts/ledger-link.ts';
import { Segments } from '../../parts/segments.tsx';
import { CreateKeyDialog } from './create-key-dialog.tsx';
import { ownerText, scopeText } from './gateway-words.ts';
import { RevokeDialog, RotateDialog } from './key-dialogs.tsx';
import { readKeyUses } from './key-uses.ts';
import type { KeyUse } from './key-uses.ts';

const MOST_KEYS = 1_000;
const SHOWN = { active: 'Active', all: 'All' } as const;

type Doing = { readonly what: 'create' } | { readonly what: 'rotate' | 'revoke'; readonly key: Key };

/** Who may call. A secret is shown when it is made and never again. */
export function KeysView() {
  const [doing, setDoing] = useState<Doing>();
  const [shown, setShown] = useState<string>('active');
  const list = useQuery({
    queryKey: ['keys'],
    queryFn: ({ signal }) => asking(signal).keys({ limit: MOST_KEYS }),
  });
  const uses = useQuery({ queryKey: ['keys', 'uses'], queryFn: readKeyUses });
  const all = list.data?.keys ?? [];
  const keys = all.filter(({ state }) => shown === 'all' || state === 'active').toReversed();
  const close = (): void => setDoing(undefined);
  return (
    <section className="card" aria-labelledby="keys">
      <header>
        <h2 id="keys">Keys</h2>
        <p>Spend and last use: of the last 30 days, where a key was named</p>
        <span className="push">
          <Segments label="Which keys" value={shown} choices={SHOWN} onChange={setShown} />
          <button type="button" className="btn" onClick={() => setDoing({ what: 'create' })}>
            <Icon name="plus" />
            Create a key
          </button>
        </span>
      </header>
      {list.error !== null && <Trouble error={list.error} />}
      {list.data !== undefined && keys.length === 0 && <NoKey any={all.length > 0} />}
      {keys.length > 0 && (
        <KeyTable
          keys={keys}
          uses={uses.data}
          onRotate={(key) => setDoing({ what: 'rotate', key })}
          onRevoke={(key) => setDoing({ what: 'revoke', key })}
        />
      )}
      {doing?.what === 'create' && <CreateKeyDialog onClose={close} />}
      {doing?.what === 'rotate' && <RotateDialog apiKey={doing.key} onClose={close} />}
      {doing?.what === 'revoke' && <RevokeDialog apiKey={doing.key} onClose={close} />}
    </section>
  );
}

function NoKey({ any }: { readonly any: boolean }) {
  return (
    <p className="body soft">
      {any
        ? 'No key is active.'
        : 'There is no key yet. While there is none and only this machine reaches the gateway, calls without one are served and marked as unkeyed. The first key ends that.'}
    </p>
  );
}

interface KeyTableProps {
  readonly keys: readonly Key[];
  readonly uses: ReadonlyMap<string, KeyUse> | undefined;
  readonly onRotate: (key: Key) => void;
  readonly onRevoke: (key: Key) => void;
}

function KeyTable({ keys, uses, onRotate, onRevoke }: KeyTableProps) {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Table of keys">
      <table className="with-acts">
        <Heads texts={['Key', 'Whose calls', 'May', 'State', 'Last used']} figures={['Calls', 'Cost']} acts />
        <tbody>
          {keys.map((key) => (
            <KeyRow
              key={key.id}
              apiKey={key}
              use={uses?.get(key.id)}
              known={uses !== undefined}
              onRotate={() => onRotate(key)}
              onRevoke={() => onRevoke(key)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface KeyRowProps {
  readonly apiKey: Key;
  readonly use: KeyUse | undefined;
  readonly known: boolean;
  readonly onRotate: () => void;
  readonly onRevoke: () => void;
}

function KeyRow({ apiKey, use, known, onRotate, onRevoke }: KeyRowProps) {
  const { id, name, hint, state, environment, createdAt } = apiKey;
  return (
    <tr className="loose">
      <td>
        <span className="name">{name}</span>
        <small>
          <span className="mono">
            {id} · sp_{environment}_…{hint}
          </span>{' '}
          · made {dateText(createdAt)}
        </small>
      </td>
      <td>{ownerText(apiKey) || <span className="quiet">as calls say</span>}</td>
      <td>
        <span className="cut" title={scopeText(apiKey)}>
          {scopeText(apiKey)}
        </span>
      </td>
      <td>
        <span className={state === 'active' ? 'chip good' : 'chip'}>{state}</span>
        <small>{untilText(apiKey)}</small>
      </td>
      <td>{use === undefined ? (known ? 'not in 30 days' : NONE) : dayText(use.lastDay)}</td>
      <td className="num">
        {use === undefined ? (
          NONE
        ) : (
          <a className="proof" {...ledgerLink({ during: '30d', by: 'key', only: [`key=${id}`] })}>
            {countText(use.calls)}
          </a>
        )}
      </td>
      <td className="num">
        {use === undefined ? NONE : use.unpricedCalls === use.calls ? 'unpriced' : moneyText(use.cost)}
      </td>
      <td className="row-acts">
        {state === 'active' && (
          <>
            <button type="button" className="btn plain" onClick={onRotate}>
              Rotate<span className="sr"> {name}</span>
            </button>
            <button type="button" className="btn plain" onClick={onRevoke}>
              Revoke<span className="sr"> {name}</span>
            </button>
          </>
        )}
      </td>
    </tr>
  );
}

function untilText({ state, expiresAt, revokedAt, formerUntil }: Key): string {
  if (state === 'revoked') return revokedAt === null ? '' : `on ${dateText(revokedAt)}`;
  if (formerUntil !== null) return `rotating: the former secret works until ${dateText(formerUntil)}`;
  if (expiresAt === null) return 'does not expire';
  return state === 'expired' ? `on ${dateText(expiresAt)}` : `expires ${dateText(expiresAt)}`;
}
