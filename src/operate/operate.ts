/** Operating: settings in, rulebooks out. The front door of the room. */
export { compileRulebook, publishRulebook, readRulebook, replaceRulebook } from './publish.ts';
export type { RulebookParts } from './publish.ts';
export { checkSettings, readSettings, SETTING_FLAGS, SettingsError } from './settings.ts';
export type {
  ProviderSettings,
  SettingFlags,
  Settings,
  SettingsCheck,
  SettingsSources,
  DemoSettings,
  SimulatorSettings,
} from './settings.ts';
export type { KeyPartPlace, KeyPlace } from './key-places.ts';
export type { SettingProblem } from './problems.ts';
export { dataFiles, loadSettings, readFingerprintKey, SETTINGS_FILE } from './files.ts';
export { describeProviders, providerRules, readSecrets, simulatorRuns } from './providers.ts';
export type { ProviderView, Secrets, SecretsReading } from './providers.ts';
export { readSecretAt } from './secret-places.ts';
export { demoFiles, holdsOther, readWorkspace, removeDemo, writeWorkspace } from './workspace.ts';
export type { DemoWorkspace, Workspace } from './workspace.ts';
export { isLoopback } from './schema.ts';
export type { Listen } from './schema.ts';
export { readSpend } from './price-uses.ts';
export { askWhatIf } from './what-if.ts';
export type { WhatIf } from './what-if.ts';
export { correctDrift } from './price-drift.ts';
export { multiplierOf, readPriceCsv } from './price-csv.ts';
