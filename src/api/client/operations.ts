/** The client of what operators do. */
import type { Backup, HealthReport, NewBackup, ReloadAsked, Verification } from '../contract/operations.ts';
import type { Reach } from './reach.ts';

export function operationCalls({ get, post }: Reach) {
  return {
    healthReport: (): Promise<HealthReport> => get('/health'),
    verification: (): Promise<Verification> => get('/verification'),
    backUp: (ask: NewBackup): Promise<Backup> => post('/backups', ask),
    reload: (): Promise<ReloadAsked> => post('/reload', {}),
  };
}
