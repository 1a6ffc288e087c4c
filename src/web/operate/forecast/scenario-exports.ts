/** The scenario in question and its months, as files. */
import type { ExportLink } from '../../parts/exports.tsx';
import { openStore } from '../../parts/store.ts';
import { toDraft, toYaml } from './scenario-file.ts';
import type { ScenarioFile } from './scenario-file.ts';

/** The top line is drawn by the page, the scenario is known below it. */
const shown = openStore<ScenarioFile | undefined>(undefined);
export const showForExport = shown.set;

export function useExports(): readonly ExportLink[] {
  const file = shown.use();
  if (file === undefined) return [];
  const name = `scenario-${file.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
  const note = `“${file.name}”, as setpoint forecast --scenario takes it`;
  return [
    { label: 'Scenario, YAML', note, name: `${name}.yaml`, href: dataLink('application/yaml', toYaml(file)) },
    {
      label: 'Scenario, JSON',
      note,
      name: `${name}.json`,
      href: dataLink('application/json', `${JSON.stringify(toDraft(file), undefined, 2)}\n`),
    },
  ];
}

/** What is typed is on the page only: its link is its text. */
function dataLink(type: string, text: string): string {
  return `data:${type};charset=utf-8,${encodeURIComponent(text)}`;
}
