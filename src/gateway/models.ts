/**
 * `GET /v1/models`: what this gateway serves, in the asker's dialect. Named models only: a provider that serves
 * `*` serves names that nobody can list.
 */
import type { Dialect, Rulebook } from '../rulebook/rulebook.ts';

interface ServedModel {
  readonly id: string;
  readonly provider: string;
}

/** @param visible whether the asker's key may call a model; what it may not call, it is not shown. */
export function listModels(
  rulebook: Rulebook,
  dialect: Dialect,
  visible: (id: string, provider: string) => boolean,
): unknown {
  const served = rulebook.providers
    .filter((provider) => provider.dialect === dialect)
    .flatMap((provider): ServedModel[] => [
      ...Object.keys(provider.aliases).map((id) => ({ id, provider: provider.name })),
      ...rulebook.prices
        .modelNames(provider.priceProvider)
        .filter((id) => !id.includes('*') && rulebook.route(dialect, id)?.provider.name === provider.name)
        .map((id) => ({ id, provider: provider.name })),
    ])
    .filter(({ id, provider }) => visible(id, provider));
  return dialect === 'anthropic' ? anthropicList(served) : openaiList(served);
}

function openaiList(served: readonly ServedModel[]): unknown {
  return {
    object: 'list',
    data: served.map(({ id, provider }) => ({ id, object: 'model', created: 0, owned_by: provider })),
  };
}

function anthropicList(served: readonly ServedModel[]): unknown {
  return {
    data: served.map(({ id }) => ({
      type: 'model',
      id,
      display_name: id,
      created_at: '1970-01-01T00:00:00Z',
    })),
    has_more: false,
    first_id: served[0]?.id ?? null,
    last_id: served.at(-1)?.id ?? null,
  };
}
