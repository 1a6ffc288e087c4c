/** Operating: settings in, rulebooks out. The front door of the room. */
export { compileRulebook, publishRulebook, readRulebook, replaceRulebook } from './publish.ts';
export type { RulebookParts } from './publish.ts';
export { baseQuestions, basesOf, withBudgetsSince } from './budget-bases.ts';
export type { BaseQuestion, BookedOf } from './budget-bases.ts';
export { effectiveSettings } from './effective.ts';
export type { EffectiveSetting, EffectiveSettings } from './effective.ts';
export { checkSettings, readSettings, SETTING_FLAGS, SettingsError } from './settings.ts';
export { MASTER_KEY_VARIABLE, openMasterKeys } from './master-key.ts';
export type { MasterKeyring, MasterKeys, MasterKeyWorld } from './master-key.ts';
export { describeCredentials } from './credentials.ts';
export type { CredentialView } from './credentials.ts';
export { openVault } from './vault.ts';
export type { MasterRotation, SealedCredential, Vault } from './vault.ts';
export type {
  ProviderSettings,
  SettingFlags,
  Settings,
  SettingsCheck,
  SettingsSources,
  DemoSettings,
  SimulatorSettings,
} from './settings.ts';
export type { KeyPartPlace, KeyPlace, MasterKeyPlace } from './key-places.ts';
export type { SettingProblem } from './problems.ts';
export {
  dataFiles,
  loadSettings,
  readFingerprintKey,
  refuseUnfinishedRestore,
  SETTINGS_FILE,
} from './files.ts';
export { describeProviders, providerRules, readSecrets, secretName, simulatorRuns } from './providers.ts';
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
export { needsRestart } from './restart.ts';
export { makeBackup } from './backup/make.ts';
export type { BackupAsk } from './backup/make.ts';
export { checkFiles, isBackup, readManifest } from './backup/manifest.ts';
export type { BackupManifest } from './backup/manifest.ts';
export { restoreBackup } from './backup/restore.ts';
export { openOffline } from './offline.ts';
export { verifySystem } from './verification.ts';
export type { Verification } from './verification.ts';
