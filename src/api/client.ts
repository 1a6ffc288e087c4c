/**
 * The typed client of the API, over `fetch`. It imports types only, so that the command line starts fast
 * and the web app stays small.
 */
import { annotationCalls } from './client/annotations.ts';
import { anomalyCalls } from './client/anomalies.ts';
import { attributionCalls } from './client/attribution.ts';
import { budgetCalls } from './client/budgets.ts';
import { compositionCalls } from './client/composition.ts';
import { fileCalls } from './client/files.ts';
import { forecastCalls } from './client/forecast.ts';
import { focusCalls } from './client/focus.ts';
import { gatewayCalls } from './client/gateway.ts';
import { invoiceCalls } from './client/invoices.ts';
import { keyCalls } from './client/keys.ts';
import { ledgerCalls } from './client/ledger.ts';
import { operationCalls } from './client/operations.ts';
import { priceCalls } from './client/prices.ts';
import { viewCalls } from './client/views.ts';
import { openReach, send, tail } from './client/reach.ts';
import type { ClientOptions, TailFollowing } from './client/reach.ts';
import type { Health, LedgerLine, ProviderList } from './contract.ts';
import type { TelemetryStatus, TraceResponse } from './contract/telemetry.ts';
import type { WipedWorkspace, Workspace } from './contract/workspace.ts';

export { ApiProblem, ApiUnreachable } from './client/reach.ts';
export type { ClientOptions, TailFollowing } from './client/reach.ts';
export type { AnnotationsAsk } from './client/annotations.ts';
export type { CoverageAsk, MissingAsk } from './client/attribution.ts';
export type { CompositionAsk } from './client/composition.ts';
export { fileLink } from './client/files.ts';
export type { FileAsks } from './client/files.ts';
export type { FocusAsk } from './client/focus.ts';
export type { CommitmentAsk, ForecastAsk, HoursAsk } from './client/forecast.ts';
export type { CallsAsk, LedgerAsk } from './client/ledger.ts';

export type ApiClient = ReturnType<typeof createClient>;

/** @throws ApiProblem or ApiUnreachable from every method. */
export function createClient(options: ClientOptions) {
  const reach = openReach(options);
  const { get, post } = reach;
  return {
    ...ledgerCalls(reach),
    ...fileCalls(reach),
    ...keyCalls(reach),
    providers: (): Promise<ProviderList> => get('/providers'),
    workspace: (): Promise<Workspace> => get('/workspace'),
    wipe: (): Promise<WipedWorkspace> => post('/workspace/wipe', {}),
    telemetry: (): Promise<TelemetryStatus> => get('/telemetry'),
    /** An OTLP trace request in its JSON encoding. */
    sendTraces: async (request: string): Promise<TraceResponse> =>
      (await reach.send('POST', '/otlp/v1/traces', { body: request })).json() as Promise<TraceResponse>,
    attribution: attributionCalls(reach),
    budgets: budgetCalls(reach),
    invoices: invoiceCalls(reach),
    views: viewCalls(reach),
    ...annotationCalls(reach),
    ...anomalyCalls(reach),
    ...compositionCalls(reach),
    ...focusCalls(reach),
    forecast: forecastCalls(reach),
    ...priceCalls(reach),
    ...operationCalls(reach),
    ...gatewayCalls(reach),
    /** Readiness; an API that is up but not ready answers too. */
    health: async (): Promise<Health> =>
      (await send(options, 'GET', '/readyz', { accept: [200, 503] })).json() as Promise<Health>,
    /** New lines as they arrive, until the signal stops it or the server goes. */
    tail: (ask: { where?: readonly string[] } = {}, following?: TailFollowing): AsyncGenerator<LedgerLine> =>
      tail(options, ask, { signal: options.signal, ...following }),
  };
}
