/** `setpoint telemetry status` and `send`. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { TelemetryStatus } from '../../api/contract/telemetry.ts';
import { countText } from '../../units/figures.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { renderCsv, renderMarkdown, renderTable } from '../table.ts';
import type { Sheet } from '../table.ts';

export async function runTelemetryStatus(command: Command): Promise<number> {
  const status = await (await command.client()).telemetry();
  command.print(render(command, status));
  return EXIT.ok;
}

/** Sends request by request, so that a file of any length fits. */
export async function runTelemetrySend(command: Command, file: string): Promise<number> {
  const client = await command.client();
  const requests = requestsOf(readText(resolve(command.around.workingDirectory, file)));
  const before = (await client.telemetry()).ingest;
  let rejected = 0;
  for (const request of requests)
    rejected += Number((await client.sendTraces(request)).partialSuccess?.rejectedSpans ?? 0);
  const after = (await client.telemetry()).ingest;
  const calls = after.calls - before.calls;
  const known = after.known - before.known;
  if (command.format === 'json')
    command.print(JSON.stringify({ requests: requests.length, calls, known, rejected }));
  else
    command.say(
      `${countText(calls)} calls taken, ${countText(known)} known already, ${countText(rejected)} spans could not be read.`,
    );
  return EXIT.ok;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError(
      `${path} cannot be read (${error instanceof Error ? error.message : String(error)}). Nothing was sent.`,
    );
  }
}

/** One JSON document, or JSON lines. */
function requestsOf(text: string): string[] {
  try {
    JSON.parse(text);
    return [text];
  } catch {
    return text.split('\n').filter((line) => line.trim() !== '');
  }
}

const INGEST = ['requests', 'calls', 'known', 'skipped', 'malformed', 'unpriced', 'takenBack'] as const;

function render(command: Command, status: TelemetryStatus): string {
  switch (command.format) {
    case 'json':
      return JSON.stringify(status, null, 2);
    case 'ndjson':
      return JSON.stringify(status);
    case 'csv':
      return renderCsv([['figure', 'value'], ...rows(status)]);
    case 'md':
      return renderMarkdown(sheet(status));
    default:
      return renderTable(sheet(status), command.style);
  }
}

function sheet(status: TelemetryStatus): Sheet {
  return {
    columns: [
      { header: 'Telemetry', align: 'left' },
      { header: 'Since the start', align: 'right' },
    ],
    rows: rows(status),
  };
}

function rows({ ingest, export: sent }: TelemetryStatus): string[][] {
  return [
    ...INGEST.map((name) => [`in: ${name}`, countText(ingest[name])]),
    ['in: last', ingest.last ?? 'never'],
    ...(sent === null
      ? [['out', 'no collector is set (telemetry.export in setpoint.yaml)']]
      : [
          ['out: collector', sent.endpoint],
          ['out: lines', countText(sent.lines)],
          ['out: last', sent.last ?? 'never'],
          ['out: trouble', sent.trouble || 'none'],
        ]),
  ];
}
