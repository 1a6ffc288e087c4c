/** `GET /api/v1/gateway`: how the providers do, which way calls go, and how the gateway's processes stand. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import { API_PREFIX } from '../contract.ts';
import { GatewayStanding } from '../contract/gateway.ts';
import type { Route, Worker } from '../contract/gateway.ts';
import { healthOf, HEALTH_MINUTES, readAttempts } from '../gateway-health.ts';
import { within } from '../health.ts';
import type { ApiEnvironment, ApiParts, GatewayRules, WorkerStanding } from '../parts.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

export function mountGateway(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'providers:read', {
    method: 'get',
    path: `${API_PREFIX}/gateway`,
    operationId: 'showGateway',
    summary: 'How providers do, which way calls go, and how the gateway’s processes stand',
    tags: ['providers'],
    responses: {
      200: jsonOf(GatewayStanding, 'As it is now.'),
      ...problemsOf('login_needed', 'not_allowed'),
    },
  });
  app.openapi(route, async (context) => {
    const rules = parts.rules?.();
    const attempts = await within(readAttempts(parts.ledger, parts.now()));
    const workers = parts.workers?.();
    const health = attempts === undefined ? null : healthOf(attempts.lines);
    const view = workers?.map((worker) => toWorker(worker, rules?.version));
    const first = workers?.[0];
    const answer: Omit<GatewayStanding, 'sentence'> = {
      at: new Date(parts.now()).toISOString(),
      rulebook: rules === undefined ? null : toRulebook(rules),
      minutes: HEALTH_MINUTES,
      health,
      sampled: attempts?.cut ?? false,
      routes: rules === undefined ? [] : routesOf(rules),
      workers: view ?? null,
      spool: first === undefined ? null : { bytes: first.spoolBytes, share: first.spoolShare },
    };
    return context.json({ sentence: sentenceOf(answer, parts), ...answer }, 200);
  });
}

function toRulebook({ version, publishedAtMs, unkeyed }: GatewayRules) {
  return { version, publishedAt: new Date(publishedAtMs).toISOString(), unkeyed };
}

/** In the order in which they are tried: provider by provider as the rulebook has them, each one's aliases first. */
function routesOf({ providers }: GatewayRules): Route[] {
  return providers.flatMap(({ name, dialect, models, aliases, fallbacks = {}, simulated }) => {
    const one = (model: string, asks: string): Route => ({
      dialect,
      model,
      provider: name,
      asks,
      fallbacks: [...(fallbacks[asks === '' ? model : asks] ?? fallbacks['*'] ?? [])],
      simulated,
    });
    return [
      ...Object.entries(aliases).map(([alias, model]) => one(alias, model)),
      ...models.map((model) => one(model, '')),
    ];
  });
}

function toWorker(worker: WorkerStanding, newest: number | undefined): Worker {
  const { slot, atMs, startedAtMs, spoolBytes: _, spoolShare: __, brokenRoutes, ...rest } = worker;
  return {
    ...rest,
    name: slot,
    at: new Date(atMs).toISOString(),
    startedAt: new Date(startedAtMs).toISOString(),
    obeysNewest: newest === undefined ? null : worker.rulebook >= newest,
    brokenRoutes: brokenRoutes.map((route) => ({ ...route })),
  };
}

/** One true sentence: who serves, how it went, and whether every process obeys what was decided last. */
function sentenceOf({ health, workers }: Omit<GatewayStanding, 'sentence'>, parts: ApiParts): string {
  const serving = new Set(
    parts
      .providers()
      .filter((provider) => provider.serving)
      .map(({ name }) => name),
  );
  const who =
    serving.size === 0
      ? 'No provider serves, so every call is refused and costs nothing'
      : `Calls are served by ${listed([...serving])}`;
  return `${who}; ${howText(health)}.${workersText(workers)}`;
}

function howText(health: GatewayStanding['health']): string {
  if (health === null) return 'the ledger does not answer, so how they do is not known';
  const attempts = health.reduce((sum, one) => sum + one.attempts, 0);
  const failed = health.reduce((sum, one) => sum + one.failed, 0);
  if (attempts === 0) return `in the last ${HEALTH_MINUTES} minutes nobody called`;
  const none = failed === 0 ? 'none failed' : `${failed} failed`;
  return `of ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} in the last ${HEALTH_MINUTES} minutes ${none}`;
}

function workersText(workers: readonly Worker[] | null): string {
  if (workers === null || workers.length === 0) return '';
  const late = workers.filter(({ obeysNewest }) => obeysNewest === false).length;
  if (late > 0) return ` ${late} of ${workers.length} processes do not obey the newest rulebook yet.`;
  return workers.length === 1
    ? ' Its one process obeys the newest rulebook.'
    : ` All ${workers.length} processes obey the newest rulebook.`;
}

function listed(names: readonly string[]): string {
  const [last = '', ...before] = names.toReversed();
  return before.length === 0 ? last : `${before.toReversed().join(', ')} and ${last}`;
}
