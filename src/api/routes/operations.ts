/** `/api/v1/health`, `/verification`, `/backups`, `/reload`: for operators and what watches for them. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from '@hono/zod-openapi';

import { API_PREFIX } from '../contract.ts';
import { Backup, HealthReport, NewBackup, ReloadAsked, Verification } from '../contract/operations.ts';
import { healthParts, within } from '../health.ts';
import type { ApiEnvironment, ApiParts, OperatingParts } from '../parts.ts';
import { refuse } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

/** Where the process that serves the API does not own what is asked for. */
const NOT_HERE =
  'This server does not look after a ledger and a registry, so it cannot do that. Nothing was changed.';

export function mountOperations(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  mountHealthReport(app, parts);
  mountVerification(app, parts);
  mountBackups(app, parts);
  mountReload(app, parts);
}

function mountHealthReport(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'operations:read', {
    method: 'get',
    path: `${API_PREFIX}/health`,
    operationId: 'showHealth',
    summary: 'What works and what does not, with figures: ledger lag, disk, the last reload',
    tags: ['operations'],
    responses: {
      200: jsonOf(HealthReport, 'Whatever the status is; /readyz answers 503 where some part is not ready.'),
      ...problemsOf('login_needed'),
    },
  });
  app.openapi(route, async (context) => {
    const found = await healthParts(parts);
    const ledger = await within(parts.ledger.health());
    const disk = (await parts.operating?.disk()) ?? null;
    return context.json(
      {
        status: found.every(({ ready }) => ready) ? ('ready' as const) : ('not-ready' as const),
        parts: [...found],
        ledger:
          ledger === undefined
            ? null
            : {
                lines: ledger.lines,
                backlogFrames: ledger.backlogFrames,
                completeUntil: new Date(ledger.completeUntilMs).toISOString(),
                lagSeconds: Math.max(0, ((parts.clockMs ?? parts.now)() - ledger.completeUntilMs) / 1_000),
              },
        disk,
        reload: parts.operating?.lastReload() ?? null,
      },
      200,
    );
  });
}

function mountVerification(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'operations:read', {
    method: 'get',
    path: `${API_PREFIX}/verification`,
    operationId: 'verify',
    summary: 'Whether every line and every decision is there, once, and is what it was',
    tags: ['operations'],
    responses: {
      200: jsonOf(Verification, 'What was found; `ok` says whether anything is off.'),
      ...problemsOf('login_needed', 'not_here', 'ledger_unavailable'),
    },
  });
  app.openapi(route, async (context) => {
    if (parts.operating === undefined) return refuse(context, 'not_here', NOT_HERE);
    const { months, checks, ...rest } = await parts.operating.verify();
    return context.json({ ...rest, months: [...months], checks: [...checks] }, 200);
  });
}

function mountBackups(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'operations:write', {
    method: 'post',
    path: `${API_PREFIX}/backups`,
    operationId: 'backUp',
    summary: 'Back up everything that cannot be made again, on the server’s machine, while calls are served',
    tags: ['operations'],
    request: { body: { content: { 'application/json': { schema: NewBackup } }, required: true } },
    responses: {
      201: jsonOf(Backup, 'It is made and synced.'),
      ...problemsOf('login_needed', 'bad_request', 'not_here', 'ledger_unavailable'),
    },
  });
  app.openapi(route, async (context) => {
    const { operating } = parts;
    if (operating === undefined) return refuse(context, 'not_here', NOT_HERE);
    const { directory, withKeys = false, base } = context.req.valid('json');
    const place = operating.backupDirectory(directory);
    if (place === undefined)
      return refuse(
        context,
        'bad_request',
        'Over the network a backup is made below "backups" of the data directory only, so that a login cannot write elsewhere. Nothing was written.',
      );
    try {
      const made = await operating.backUp({ directory: place, withKeys, base });
      return context.json(made, 201);
    } catch (fault) {
      if (fault instanceof RangeError) return refuse(context, 'bad_request', fault.message);
      throw fault;
    }
  });
}

function mountReload(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'operations:write', {
    method: 'post',
    path: `${API_PREFIX}/reload`,
    operationId: 'reload',
    summary: 'Take changed settings in without refusing or cutting a call',
    tags: ['operations'],
    request: { body: { content: { 'application/json': { schema: z.strictObject({}) } }, required: true } },
    responses: {
      202: jsonOf(
        ReloadAsked,
        'It begins; this API is briefly away. `reload` of /api/v1/health says what became of it.',
      ),
      ...problemsOf('login_needed', 'not_here'),
    },
  });
  app.openapi(route, (context) => {
    const reload: OperatingParts['reload'] = parts.operating?.reload;
    if (reload === undefined)
      return refuse(
        context,
        'not_here',
        'This server runs without a supervisor, so nothing can take its place. Nothing was changed; restart it to take settings in.',
      );
    const number = parts.operating?.lastReload()?.number ?? 0;
    reload();
    return context.json({ asked: true as const, number }, 202);
  });
}
