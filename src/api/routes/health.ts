/** `/healthz` (this process lives) and `/readyz` (its parts can serve). They say nothing of the configuration. */
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';

import { Health } from '../contract.ts';
import { healthParts } from '../health.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { jsonOf, secured } from '../routing.ts';

export function mountHealth(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const live = secured(parts.access, 'public', {
    method: 'get',
    path: '/healthz',
    operationId: 'isLive',
    summary: 'Whether this process lives',
    tags: ['health'],
    responses: { 200: jsonOf(z.object({ status: z.literal('live'), runtime: z.string() }), 'It lives.') },
  });
  app.openapi(live, (context) => context.json({ status: 'live' as const, runtime: process.version }, 200));

  const ready = secured(parts.access, 'public', {
    method: 'get',
    path: '/readyz',
    operationId: 'isReady',
    summary: 'Whether every part can serve',
    tags: ['health'],
    responses: {
      200: jsonOf(Health, 'All parts can.'),
      503: jsonOf(Health, 'Some part cannot; its detail says why.'),
    },
  });
  app.openapi(ready, async (context) => {
    const found = [...(await healthParts(parts))];
    const isReady = found.every((part) => part.ready);
    return context.json(
      { status: isReady ? ('ready' as const) : ('not-ready' as const), parts: found },
      isReady ? 200 : 503,
    );
  });
}
