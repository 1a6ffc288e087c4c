/** `/healthz` (this process lives) and `/readyz` (its parts can serve). They say nothing of the configuration. */
import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';

import { Health } from '../contract.ts';
import { healthParts } from '../health.ts';
import type { ApiEnvironment, ApiParts, ControlStanding } from '../parts.ts';
import { jsonOf, secured } from '../routing.ts';

const Standing = z
  .object({
    standing: z.enum(['alone', 'leading', 'standby', 'away']),
    epoch: z.number().int().nullable(),
    since: z.string().nullable(),
  })
  .openapi('Standing');

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

  const leads = secured(parts.access, 'public', {
    method: 'get',
    path: '/leaderz',
    operationId: 'isLeading',
    summary: 'Whether this control writes, for a load balancer in front of several',
    tags: ['health'],
    responses: {
      200: jsonOf(Standing, 'It leads, or is alone: decisions can be sent here.'),
      503: jsonOf(Standing, 'It does not: questions can be asked here, decisions go to the one that leads.'),
    },
  });
  app.openapi(leads, (context) => {
    const standing = context.get('standing');
    const writes = standing.kind === 'leading' || standing.kind === 'alone';
    return context.json(standingView(standing), writes ? 200 : 503);
  });

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

/** No name of the leader: whoever may ask this need not know our hosts. */
function standingView(standing: ControlStanding): z.infer<typeof Standing> {
  const leader = standing.kind === 'leading' || standing.kind === 'standby' ? standing.leader : undefined;
  return { standing: standing.kind, epoch: leader?.epoch ?? null, since: leader?.since ?? null };
}
