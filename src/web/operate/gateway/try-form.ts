/** A call as it is typed in the playground, and as the API takes it. Pure. */
import type { TryAsk } from '../../../api/contract/gateway.ts';
import type { Provider } from '../../../api/contract.ts';

export interface TryForm {
  /** Which of the providers that can be tried. */
  readonly at: number;
  readonly model: string;
  readonly system: string;
  readonly message: string;
  readonly tokens: number;
  readonly workflow: string;
  readonly team: string;
}

export const FIRST_TRY: Omit<TryForm, 'at' | 'model'> = {
  system: '',
  message: 'Where is my order?',
  tokens: 256,
  workflow: '',
  team: '',
};

const USUAL: Readonly<Record<string, string>> = { openai: 'gpt-4o-mini', anthropic: 'claude-haiku-4-5' };

/** Those that can be asked from here, the simulated ones first: a first try should cost nothing. */
export function readyToTry(providers: readonly Provider[]): Provider[] {
  return providers
    .filter(({ serving, dialect }) => serving && (dialect === 'openai' || dialect === 'anthropic'))
    .toSorted((one, other) => Number(other.simulated) - Number(one.simulated));
}

export function usualModel(provider: Provider | undefined): string {
  if (provider === undefined) return '';
  if (provider.simulated) return 'sim-small';
  const named = [...Object.keys(provider.aliases), ...provider.models];
  return named.find((model) => !model.includes('*')) ?? USUAL[provider.name] ?? '';
}

export function problemOfTry({ model, message }: TryForm): string {
  if (model.trim() === '') return 'Name a model.';
  return message.trim() === '' ? 'Write a message.' : '';
}

export function askOf(form: TryForm, { name, dialect }: Provider): TryAsk {
  const { model, system, message, tokens, workflow, team } = form;
  return {
    provider: name,
    dialect: dialect === 'anthropic' ? 'anthropic' : 'openai',
    model: model.trim(),
    message,
    maxOutputTokens: tokens,
    ...(system.trim() !== '' && { system }),
    ...(workflow.trim() !== '' && { workflow: workflow.trim() }),
    ...(team.trim() !== '' && { team: team.trim() }),
  };
}
