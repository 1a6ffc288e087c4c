/** Where each provider's credential is, as the API says it: what the vault keeps, and what the settings name. */
import type { ProviderSettings } from '../operate/operate.ts';
import { describeCredentials, secretName } from '../operate/operate.ts';
import type { ProviderKey } from './contract/secrets.ts';
import type { ApiParts } from './parts.ts';

type Named = Pick<ProviderSettings, 'name' | 'dialect'>;

/** The providers of a name, or the one of a dialect. */
export function providersNamed(parts: ApiParts, name: string, dialect?: string): Named[] {
  return (parts.providerSettings ?? []).filter(
    (one) => one.name === name && (dialect === undefined || one.dialect === dialect),
  );
}

export function keysOf(keys: readonly ProviderKey[], providers: readonly Named[]): ProviderKey[] {
  return keys.filter((key) =>
    providers.some(({ name, dialect }) => key.provider === name && key.dialect === dialect),
  );
}

/** @param used starts of the newest calls, by provider. */
export async function readProviderKeys(
  parts: ApiParts,
  used: ReadonlyMap<string, string> = new Map(),
): Promise<ProviderKey[]> {
  const set = new Set(
    parts
      .providers()
      .filter(({ credential }) => credential === 'set')
      .map(secretName),
  );
  const sealed = (await parts.vault?.list()) ?? [];
  return describeCredentials(parts.providerSettings ?? [], sealed, (name) => set.has(name)).map((view) => ({
    ...view,
    usedAt: used.get(view.provider) ?? null,
  }));
}

/** When each provider was last called. A ledger that does not answer leaves it unknown and hides no key. */
export async function lastUses(parts: ApiParts): Promise<Map<string, string>> {
  const names = [...new Set((parts.providerSettings ?? []).map(({ name }) => name))];
  const during = { fromMs: 0, toMs: parts.now() + 1 };
  const found = await Promise.all(
    names.map(async (name): Promise<Array<[string, string]>> => {
      const where = [{ dimension: 'provider' as const, is: [name] }];
      const page = await parts.ledger.page({ during, where, simulated: 'exclude', limit: 1, cursor: null });
      const newest = page.lines[0];
      return newest === undefined ? [] : [[name, newest.startedAt]];
    }),
  ).catch(() => []);
  return new Map(found.flat());
}
