/** What a newcomer's call needs to know of this installation: where the gateway is, whether it asks for a key, who answers. */
import type { GatewayAddress, Provider } from '../../../api/contract.ts';
import { api } from '../../parts/server.ts';
import type { Dialect } from './snippets.ts';

export interface Surroundings {
  readonly base: string;
  readonly needsKey: boolean;
  readonly models: Readonly<Record<Dialect, string>>;
  /** Dialects that some provider serves now. */
  readonly served: readonly string[];
  /** Whether what answers the snippets costs nothing. */
  readonly simulated: boolean;
  /** How many are set. */
  readonly budgets: number;
}

const LOOPBACK = /^(localhost|::1|127\.)/;
const DEFAULT_PORT = 4_000;

export async function readSurroundings(): Promise<Surroundings> {
  const [{ gateway, providers }, standing, budgets] = await Promise.all([
    api.providers(),
    api.gateway(),
    api.budgets.list().then(
      ({ budgets: set }) => set.length,
      () => 0,
    ),
  ]);
  const serving = providers.filter((provider) => provider.serving);
  const onLoopback = gateway === null || LOOPBACK.test(gateway.host ?? '');
  return {
    base: baseOf(gateway, location.hostname),
    needsKey: standing.rulebook === null ? !onLoopback : !standing.rulebook.unkeyed,
    models: modelsOf(serving),
    served: [...new Set(serving.map(({ dialect }) => dialect))],
    simulated: serving.some(({ simulated, dialect }) => simulated && dialect === 'openai'),
    budgets,
  };
}

/** @param hostname by which this page was reached: the gateway answers under it where it listens on every address. */
export function baseOf(gateway: GatewayAddress | null, hostname: string): string {
  const host = gateway?.host ?? hostname;
  const written = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `http://${written}:${gateway?.port ?? DEFAULT_PORT}`;
}

const USUAL: Readonly<Record<Dialect, string>> = {
  openai: 'gpt-4o-mini',
  anthropic: 'claude-haiku-4-5',
  google: 'gemini-2.5-flash',
};

export function modelsOf(serving: readonly Provider[]): Record<Dialect, string> {
  const of = (dialect: Dialect): string => {
    const own = serving.filter((provider) => provider.dialect === dialect);
    if (own.some(({ simulated }) => simulated)) return 'sim-small';
    const [first] = own;
    const named = [...Object.keys(first?.aliases ?? {}), ...(first?.models ?? [])];
    return named.find((model) => !model.includes('*')) ?? USUAL[dialect];
  };
  return { openai: of('openai'), anthropic: of('anthropic'), google: of('google') };
}
