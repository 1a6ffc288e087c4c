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
    {
      label: 'Scenario, YAML',
      note,
      onSave: () => save(`${name}.yaml`, 'application/yaml', toYaml(file)),
    },
    {
      label: 'Scenario, JSON',
      note,
      onSave: () =>
        save(`${name}.json`, 'application/json', `${JSON.stringify(toDraft(file), undefined, 2)}\n`),
    },
  ];
}

function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}
