/** The text of `setpoint.yaml` as the values that it holds, before anybody asks what they mean. */
import { parse as parseYaml } from 'yaml';

import type { SettingProblem } from './problems.ts';

export function readYaml(text: string): { raw: Record<string, unknown> } | { problem: SettingProblem } {
  try {
    const raw: unknown = parseYaml(text) ?? {};
    if (typeof raw === 'object' && !Array.isArray(raw) && raw !== null)
      return { raw: raw as Record<string, unknown> };
    return {
      problem: {
        path: 'setpoint.yaml',
        message: 'must hold settings such as "providers:", not a single value or a list',
      },
    };
  } catch (error) {
    return {
      problem: { path: 'setpoint.yaml', message: error instanceof Error ? error.message : String(error) },
    };
  }
}
