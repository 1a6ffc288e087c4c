/** How the parts of the gateway are said. Pure. */
import type { ProviderHealth, Worker } from '../../../api/contract/gateway.ts';
import type { Key } from '../../../api/contract/keys.ts';
import type { ProviderKey } from '../../../api/contract/secrets.ts';
import type { Provider } from '../../../api/contract.ts';

const CREDENTIALS: Readonly<Record<Provider['credential'], string>> = {
  set: 'set',
  missing: 'missing',
  'not-needed': 'not needed',
  'from-client': 'the client’s own',
};

export function credentialText(
  provider: Pick<Provider, 'credential'>,
  key: ProviderKey | undefined,
): { readonly state: string; readonly where: string } {
  if (key === undefined) return { state: CREDENTIALS[provider.credential], where: '' };
  if (key.state === 'not-needed') return { state: 'not needed', where: '' };
  if (key.place === 'sealed')
    return {
      state:
        key.state === 'unreadable' ? 'cannot be opened' : `sealed${key.hint === '' ? '' : `, …${key.hint}`}`,
      where: key.trouble || (key.setBy === '' ? '' : `given by ${key.setBy}`),
    };
  const where = key.place === 'env' ? `variable ${key.where}` : `file ${key.where}`;
  if (provider.credential === 'from-client') return { state: 'the client’s own', where };
  return { state: key.state === 'set' ? 'set' : 'missing', where };
}

/** Whether figures are of a provider in its dialect: Azure's calls go over OpenAI's wires. */
export function isOf(
  health: Pick<ProviderHealth, 'provider' | 'simulated' | 'family'>,
  { name, dialect, simulated }: Pick<Provider, 'name' | 'dialect' | 'simulated'>,
): boolean {
  const family = dialect === 'azure' ? 'openai' : dialect;
  return health.provider === name && health.simulated === simulated && health.family === family;
}

/** Whom the ledger knows and the settings do not. */
export function unsettled(
  health: readonly ProviderHealth[] | null,
  providers: readonly Provider[],
): ProviderHealth[] {
  return (health ?? []).filter((one) => !providers.some((provider) => isOf(one, provider)));
}

/** What the processes of this machine say: any of them may have stopped asking for itself. */
export function breakerText(
  workers: readonly Worker[] | null,
  { name, dialect }: Pick<Provider, 'name' | 'dialect'>,
): { readonly text: string; readonly title: string; readonly isOpen: boolean } {
  if (workers === null || workers.length === 0)
    return { text: 'unknown', title: 'No process of the gateway has said', isOpen: false };
  const broken = workers.flatMap(({ brokenRoutes }) =>
    brokenRoutes.filter((route) => route.provider === name && route.dialect === dialect),
  );
  if (broken.length === 0) return { text: 'closed', title: 'It is asked as usual', isOpen: false };
  const models = [...new Set(broken.map(({ model }) => model))];
  const where = workers.filter(({ brokenRoutes }) =>
    brokenRoutes.some((route) => route.provider === name && route.dialect === dialect),
  ).length;
  return {
    text: `open: ${models.slice(0, 2).join(', ')}${models.length > 2 ? ` and ${models.length - 2} more` : ''}`,
    title: `Failed again and again; ${where} of ${workers.length} processes do not ask it for a moment`,
    isOpen: true,
  };
}

/** `calls; models gpt-4o*`: what a key may do, in one line. */
export function scopeText({ scope: { uses = ['calls'], ...limits } }: Pick<Key, 'scope'>): string {
  const named = Object.entries(limits).map(([limit, names]) => `${limit} ${(names ?? []).join(', ')}`);
  return [uses.join(', '), ...named].join('; ');
}

/** Whom the calls of a key are, where they do not say. */
export function ownerText({ workflow, team, customer }: Pick<Key, 'workflow' | 'team' | 'customer'>): string {
  return [workflow, team, customer].filter((name) => name !== '').join(' · ');
}
