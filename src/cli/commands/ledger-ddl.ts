/** `setpoint ledger ddl`: the tables of a ledger on a ClickHouse cluster, for whoever may make them there. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { clusterFiles, clusterSql } from '../../ledger/ledger.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';

export interface DdlOptions {
  readonly cluster?: string;
  readonly database?: string;
  readonly out?: string;
}

export async function runLedgerDdl(command: Command, options: DdlOptions): Promise<number> {
  const { ledger } = await command.settings();
  const cluster = options.cluster ?? ledger?.cluster;
  if (cluster === undefined)
    throw new CliError(
      'Which cluster? Name it with --cluster, as remote_servers of ClickHouse does, or as ledger.cluster in the settings. Nothing was written.',
      EXIT.usage,
    );
  const files = clusterFiles({ database: options.database ?? ledger?.database ?? 'setpoint', cluster });
  if (options.out !== undefined) {
    const directory = resolve(command.around.workingDirectory, options.out);
    mkdirSync(directory, { recursive: true });
    for (const file of files) writeFileSync(join(directory, file.name), clusterSql(file));
    command.say(
      `Wrote ${files.length} files to ${directory}. Run them in their order, with clickhouse-client --multiquery.`,
    );
  } else if (command.format === 'json') command.print(JSON.stringify(files, null, 2));
  else command.print(files.map(clusterSql).join('\n'));
  return EXIT.ok;
}
