/**
 * The API of the control plane: what the command line and the web app read and decide through. The front door.
 * `createApi(parts)` gives a Hono app whose `fetch` any server can call; it opens no socket itself.
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';

import { LedgerAway } from '../ledger/ledger.ts';
import { createIdSource } from '../units/ids.ts';
import { CONTENT_SECURITY_POLICY, readWebFiles, serveWeb } from './files.ts';
import { findHolder } from './holders.ts';
import { guardHost, guardOrigin, requirePermission } from './guards.ts';
import { isOfLeaving } from './leaving.ts';
import type { ApiEnvironment, ApiParts } from './parts.ts';
import { refuse, refuseFields } from './problems.ts';
import { refuseRegistryTrouble } from './registry-problems.ts';
import { mountAttribution } from './routes/attribution.ts';
import { mountAttributionRules } from './routes/attribution-rules.ts';
import { mountCommitments } from './routes/commitments.ts';
import { mountAnnotations } from './routes/annotations.ts';
import { mountAnomalies } from './routes/anomalies.ts';
import { mountBudgets } from './routes/budgets.ts';
import { mountCalls } from './routes/calls.ts';
import { mountChanges } from './routes/changes.ts';
import { mountComposition } from './routes/composition.ts';
import { mountForecastHours } from './routes/forecast-hours.ts';
import { mountForecasts } from './routes/forecasts.ts';
import { mountPlans } from './routes/plans.ts';
import { mountScenarios } from './routes/scenarios.ts';
import { mountFocus } from './routes/focus.ts';
import { mountGateway } from './routes/gateway.ts';
import { mountHealth } from './routes/health.ts';
import { mountInvoices } from './routes/invoices.ts';
import { mountOperations } from './routes/operations.ts';
import { mountReconciliations } from './routes/reconciliations.ts';
import { mountKeys } from './routes/keys.ts';
import { mountLedger } from './routes/ledger.ts';
import { mountMetrics } from './routes/metrics.ts';
import { mountPrices, mountProviders } from './routes/prices.ts';
import { mountSharing } from './routes/sharing.ts';
import { mountProviderKeys } from './routes/provider-keys.ts';
import { mountPriceDecisions } from './routes/price-decisions.ts';
import { mountPlayground } from './routes/playground.ts';
import { mountSettings } from './routes/settings.ts';
import { mountWhatIf } from './routes/price-what-if.ts';
import { mountRepricing } from './routes/repricing.ts';
import { mountTail } from './routes/tail.ts';
import { mountTelemetry } from './routes/telemetry.ts';
import { mountViews } from './routes/views.ts';
import { mountWorkspace } from './routes/workspace.ts';

export { apiAccess } from './guards.ts';
export type {
  Access,
  ApiParts,
  ControlStanding,
  GatewayAnswer,
  GatewayAsk,
  GatewayRules,
  HealthPart,
  OperatingParts,
  Permission,
  WorkerStanding,
} from './parts.ts';

export type Api = OpenAPIHono<ApiEnvironment>;

/** What a body may be and how large: the first entry whose path fits. Everything else is JSON of at most 64 KiB. */
const BODIES: ReadonlyArray<{
  readonly path: RegExp;
  readonly type: RegExp;
  readonly bytes: number;
  readonly words: string;
}> = [
  {
    path: /^\/api\/v1\/otlp\//,
    type: /^application\/(json|x-protobuf)\b/,
    bytes: 8 * 1024 * 1024,
    words: 'application/x-protobuf or application/json',
  },
  {
    path: /^\/api\/v1\/prices\/import$/,
    type: /^application\/json\b/,
    bytes: 4 * 1024 * 1024,
    words: 'application/json',
  },
  {
    path: /^\/api\/v1\/(invoices|focus|imports)\b/,
    type: /^(application\/(json|x-ndjson|octet-stream|vnd\.apache\.parquet)|text\/csv)\b/,
    bytes: 64 * 1024 * 1024,
    words: 'application/json, text/csv or application/vnd.apache.parquet',
  },
  { path: /^/, type: /^application\/json\b/, bytes: 64 * 1024, words: 'application/json' },
];
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);
const OPENAPI_PATH = '/api/openapi.json';
/** Read by nobody but a proxy's log. */
const CLIENT_LEFT = 499;

/** Builds the API. What matches no route and no file is refused: nothing is open by accident. */
export function createApi(given: ApiParts): Api {
  const holderOf = (secret: string) => findHolder(given.registry, secret, given.now());
  const parts: ApiParts = { ...given, access: { ...given.access, holderOf } };
  const app = new OpenAPIHono<ApiEnvironment>({
    defaultHook: (result, context) => {
      if (result.success) return undefined;
      return refuseFields(
        context,
        result.error.issues.map(({ path, message }) => ({ path: path.join('.') || 'request', message })),
      );
    },
  });
  guard(app, parts);
  mountHealth(app, parts);
  mountLedger(app, parts);
  mountCalls(app, parts);
  mountTail(app, parts);
  mountKeys(app, parts);
  mountPrices(app, parts);
  mountPriceDecisions(app, parts);
  mountRepricing(app, parts);
  mountWhatIf(app, parts);
  mountAnnotations(app, parts);
  mountAnomalies(app, parts);
  mountChanges(app, parts);
  mountComposition(app, parts);
  mountForecasts(app, parts);
  mountForecastHours(app, parts);
  mountScenarios(app, parts);
  mountPlans(app, parts);
  mountFocus(app, parts);
  mountInvoices(app, parts);
  mountReconciliations(app, parts);
  mountOperations(app, parts);
  mountProviders(app, parts);
  mountProviderKeys(app, parts);
  mountTelemetry(app, parts);
  mountMetrics(app, parts);
  mountAttribution(app, parts);
  mountAttributionRules(app, parts);
  mountBudgets(app, parts);
  mountSharing(app, parts);
  mountCommitments(app, parts);
  mountViews(app, parts);
  mountWorkspace(app, parts);
  mountGateway(app, parts);
  mountPlayground(app, parts);
  mountSettings(app, parts);
  describe(app, parts);
  app.all('/api/*', requirePermission('public', parts.access), (context) =>
    refuse(
      context,
      'not_found',
      `There is no ${context.req.method} ${context.req.path}. ${OPENAPI_PATH} lists what there is.`,
    ),
  );
  app.get('*', serveWeb(readWebFiles(parts.webDirectory)));
  app.notFound((context) =>
    refuse(context, 'not_found', `There is no ${context.req.method} ${context.req.path}.`),
  );
  return app;
}

function guard(app: Api, parts: ApiParts): void {
  const nextId = createIdSource(parts.now);
  app.use(async (context, next) => {
    context.set('requestId', nextId());
    context.set('standing', parts.standing?.() ?? { kind: 'alone' });
    await next();
    context.header('x-request-id', context.get('requestId'));
    context.header('content-security-policy', CONTENT_SECURITY_POLICY);
    context.header('x-content-type-options', 'nosniff');
    context.header('referrer-policy', 'no-referrer');
    context.header('cross-origin-resource-policy', 'same-origin');
    if (parts.workspace?.().kind === 'demo') context.header('x-setpoint-workspace', 'demo');
    if (context.req.path.startsWith('/api/') && !context.res.headers.has('cache-control'))
      context.header('cache-control', 'no-store');
  });
  app.onError((error, context) => {
    const requestId = context.get('requestId');
    if (isOfLeaving(context, error)) return new Response(null, { status: CLIENT_LEFT });
    if ('status' in error && error.status === 400)
      return refuse(context, 'bad_request', 'The body is not valid JSON. Nothing was changed.');
    const trouble = refuseRegistryTrouble(context, error);
    if (trouble !== undefined) return trouble;
    parts.onTrouble?.({ requestId, error });
    const reading =
      error instanceof LedgerAway ||
      /^\/api\/v1\/(ledger|calls|anomalies|changes|composition|forecasts|scenarios|plans|otlp|focus|verification)\b/.test(
        context.req.path,
      );
    if (reading)
      return refuse(
        context,
        'ledger_unavailable',
        'The ledger did not answer. No call and no cost is lost: they wait in the journal. Try again in a moment; /readyz says more.',
      );
    return refuse(
      context,
      'internal_error',
      `Something failed that is not your request. Report it with this request id: ${requestId}.`,
    );
  });
  app.use(guardHost(parts.access, parts.allowedHosts));
  app.use(guardOrigin());
  for (const { bytes, path } of BODIES) {
    const limit = bodyLimit({
      maxSize: bytes,
      onError: (context) =>
        refuse(context, 'too_large', `A request here may hold ${bytes} bytes. Nothing was changed.`),
    });
    app.use((context, next) => (bodyRule(context.req.path).path === path ? limit(context, next) : next()));
  }
  app.use(async (context, next) => {
    const { type, words } = bodyRule(context.req.path);
    if (!WITH_BODY.has(context.req.method) || type.test(context.req.header('content-type') ?? ''))
      return next();
    return refuse(
      context,
      'unsupported_media_type',
      `Send the body as content-type ${words}. Nothing was changed.`,
    );
  });
}

function bodyRule(path: string): (typeof BODIES)[number] {
  return BODIES.find((rule) => rule.path.test(path)) as (typeof BODIES)[number];
}

function describe(app: Api, parts: ApiParts): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'adminToken', {
    type: 'http',
    scheme: 'bearer',
    description: 'SETPOINT_ADMIN_TOKEN. Not needed while the API listens on loopback only.',
  });
  app.get(OPENAPI_PATH, requirePermission('public', parts.access), (context) =>
    context.json(
      app.getOpenAPI31Document({
        openapi: '3.1.0',
        info: {
          title: 'Setpoint API',
          version: '1',
          description:
            'Money is a decimal string of US dollars, instants are RFC 3339 in UTC, errors are problem+json (RFC 9457). POST takes Idempotency-Key.',
        },
      }),
    ),
  );
}
