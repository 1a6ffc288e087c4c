/** One entry under `providers` in setpoint.yaml: what it says itself, what its preset says for it, what is missing. */
import { PRESETS } from './presets.ts';
import type { Preset } from './presets.ts';
import type { SettingProblem } from './problems.ts';
import type { ProviderFile } from './schema.ts';

/** A provider says its name, dialect and address itself, or leaves them to a preset. */
export function missingParts(provider: ProviderFile, path: string): SettingProblem[] {
  const preset = presetOf(provider);
  const problems: SettingProblem[] = [];
  if (provider.name === undefined && preset === undefined)
    problems.push({ path: `${path}.name`, message: 'give it a name, or name a preset' });
  if (provider.dialect === undefined && preset === undefined)
    problems.push({ path: `${path}.dialect`, message: 'say which API it speaks, or name a preset' });
  if (provider.baseUrl === undefined && (preset === undefined || preset.baseUrl === ''))
    problems.push({
      path: `${path}.baseUrl`,
      message:
        preset?.example === undefined
          ? 'write its address, for example https://api.openai.com/v1'
          : `this address is your own; write for example ${preset.example}`,
    });
  return problems;
}

export function presetOf({ preset }: ProviderFile): Preset | undefined {
  return preset && PRESETS[preset];
}

/** What it is called and which API it speaks, where it or its preset says so. */
export function namesOf(provider: ProviderFile): {
  readonly name: string;
  readonly dialect: string;
  readonly fallbacks: ProviderFile['fallbacks'];
} {
  const { name, dialect, preset, fallbacks } = provider;
  return {
    name: name ?? preset ?? '',
    dialect: dialect ?? presetOf(provider)?.dialect ?? '',
    fallbacks,
  };
}
