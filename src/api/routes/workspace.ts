/** `GET /api/v1/workspace` and `POST /api/v1/workspace/wipe`: what the data directory holds, and the end of a demo. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import { API_PREFIX } from '../contract.ts';
import { WipedWorkspace, Workspace } from '../contract/workspace.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuse } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

const REAL: Omit<Workspace, 'at'> = {
  kind: 'real',
  company: null,
  seed: null,
  now: null,
  frozen: false,
  loadedAt: null,
};

export function mountWorkspace(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const show = secured(parts.access, 'workspace:read', {
    method: 'get',
    path: `${API_PREFIX}/workspace`,
    operationId: 'showWorkspace',
    summary: 'Whether these are real calls or the demo company',
    tags: ['workspace'],
    responses: { 200: jsonOf(Workspace, 'The workspace.'), ...problemsOf('login_needed') },
  });
  app.openapi(show, (context) => {
    const found = parts.workspace?.() ?? REAL;
    const at = new Date(parts.now()).toISOString();
    return context.json({ ...(found.kind === 'real' ? REAL : found), at }, 200);
  });

  const wipe = secured(parts.access, 'workspace:write', {
    method: 'post',
    path: `${API_PREFIX}/workspace/wipe`,
    operationId: 'wipeWorkspace',
    summary: 'Stop the demo and take its data away; refused where the calls are real',
    tags: ['workspace'],
    responses: {
      202: jsonOf(WipedWorkspace, 'The demo stops and its data go.'),
      ...problemsOf('login_needed', 'not_a_demo'),
    },
  });
  app.openapi(wipe, (context) => {
    if (parts.workspace?.().kind !== 'demo')
      return refuse(
        context,
        'not_a_demo',
        'This workspace holds real calls, so nothing was removed. Only a demo can be wiped.',
      );
    if (parts.wipe === undefined)
      return refuse(
        context,
        'not_a_demo',
        'This server runs without a supervisor and cannot remove what it uses. Stop it, then run "setpoint demo wipe".',
      );
    parts.wipe();
    return context.json({ wiped: true as const }, 202);
  });
}
