/** How a route is declared: its contract, its permission, and the answers that every route can give. */
import { createRoute } from '@hono/zod-openapi';
import type { RouteConfig } from '@hono/zod-openapi';
import type { ZodType } from 'zod';

import { Problem } from './contract.ts';
import { requirePermission } from './guards.ts';
import type { Access, Permission } from './parts.ts';
import { PROBLEMS } from './problems.ts';
import type { ProblemCode } from './problems.ts';

type Configured = Omit<RouteConfig, 'middleware' | 'security'>;

/** A route cannot be declared without a permission; `public` has to be said. */
export function secured<Config extends Configured>(access: Access, permission: Permission, config: Config) {
  return createRoute({
    ...config,
    'x-permission': permission,
    security: permission === 'public' ? [] : [{ adminToken: [] }],
    middleware: [requirePermission(permission, access)] as const,
  });
}

export function jsonOf<Schema extends ZodType>(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

/** The problems that a route can answer with. */
export function problemsOf(
  ...codes: readonly ProblemCode[]
): Record<
  number,
  { description: string; content: { 'application/problem+json': { schema: typeof Problem } } }
> {
  return Object.fromEntries(
    codes.map((code) => [
      PROBLEMS[code].status,
      { description: PROBLEMS[code].title, content: { 'application/problem+json': { schema: Problem } } },
    ]),
  );
}
