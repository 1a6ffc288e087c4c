/** `GET /api/v1/settings`: the settings in force and who said each. They are changed in the file, and taken in by a reload. */
import type { OpenAPIHono } from '@hono/zod-openapi';

import { API_PREFIX } from '../contract.ts';
import { EffectiveSettings } from '../contract/settings.ts';
import type { ApiEnvironment, ApiParts } from '../parts.ts';
import { refuse } from '../problems.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';

export function mountSettings(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'operations:read', {
    method: 'get',
    path: `${API_PREFIX}/settings`,
    operationId: 'showSettings',
    summary: 'The settings in force, each with who said it: file, environment or flag; never a secret',
    tags: ['operations'],
    responses: {
      200: jsonOf(EffectiveSettings, 'The settings.'),
      ...problemsOf('login_needed', 'not_allowed', 'not_here'),
    },
  });
  app.openapi(route, (context) => {
    const found = parts.effectiveSettings?.();
    if (found === undefined)
      return refuse(context, 'not_here', 'This server was not told its settings. Nothing was changed.');
    const { settings, places, yaml, file } = found;
    const said = settings.filter(({ origin }) => origin !== 'default').length;
    return context.json(
      {
        sentence: sentenceOf(said, settings.length, file),
        file,
        settings: [...settings],
        yaml: yaml ?? null,
        places: [...places],
      },
      200,
    );
  });
}

function sentenceOf(said: number, all: number, file: string): string {
  const place = file === '' ? 'There is no settings file' : `The settings file is ${file}`;
  if (said === 0) return `${place}; all ${all} settings are as they come.`;
  return `${place}; ${said} of ${all} settings were said by somebody, the others are as they come.`;
}
