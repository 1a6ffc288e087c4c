/** `setpoint anomalies`, `setpoint anomaly note`, `setpoint changes`. */
import type { Command as Tree } from 'commander';
import { Option } from 'commander';

import { collect, filed, listed, shared } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';

interface AnomalyOptions extends GlobalOptions {
  readonly during?: string;
  readonly where?: readonly string[];
  readonly timeZone?: string;
  readonly leastDollars?: number;
}

interface ChangeOptions extends GlobalOptions {
  readonly after?: string;
  readonly before?: string;
  readonly by?: string;
  readonly where?: readonly string[];
  readonly timeZone?: string;
}

interface NoteOptions extends GlobalOptions {
  readonly state: 'open' | 'acknowledged' | 'expected' | 'resolved';
  readonly note?: string;
  readonly during?: string;
}

const WHERE = 'dimension=value or dimension!=value; may be repeated';

export function addAnomalies(program: Tree, running: Running): void {
  filed(program.command('anomalies'), [
    'setpoint anomalies',
    'setpoint anomalies --during 90d --where workflow=support --json',
  ])
    .description('hours that cost more or less than expected, and drivers that crept or stepped')
    .option('--during <period>', 'where to look: 30d, this-month, 2026-10 …')
    .option('--where <condition>', WHERE, collect)
    .option('--time-zone <name>', 'IANA time zone of the period')
    .option('--least-dollars <dollars>', 'leave smaller ones out', Number)
    .action(async ({ during, where, timeZone, leastDollars, ...options }: AnomalyOptions) => {
      const { runAnomalies } = await import('../commands/anomalies.ts');
      running.finish(
        await runAnomalies(running.command(options), {
          ...(during !== undefined && { during }),
          ...(where !== undefined && { where }),
          ...(timeZone !== undefined && { timeZone }),
          ...(leastDollars !== undefined && { leastDollars }),
        }),
      );
    });
  const anomaly = program.command('anomaly').description('one anomaly').helpCommand(false);
  shared(anomaly.command('note'), [
    'setpoint anomaly note 3f2a9c01b4d7 --state expected --note "load test"',
    'setpoint anomaly note 3f2a9c01b4d7 --state resolved',
  ])
    .description('say what an anomaly is; from an expected one nothing is learned')
    .argument('<id>', 'from "setpoint anomalies"')
    .addOption(
      new Option('--state <state>', 'what it is')
        .choices(['acknowledged', 'expected', 'resolved', 'open'])
        .makeOptionMandatory(),
    )
    .option('--note <words>', 'why')
    .option('--during <period>', 'the period in which "setpoint anomalies" showed it')
    .action(async (id: string, { state, note, during, ...options }: NoteOptions) => {
      const { runAnomalyNote } = await import('../commands/anomalies.ts');
      running.finish(await runAnomalyNote(running.command(options), { id, state, note: note ?? '', during }));
    });
}

export function addChanges(program: Tree, running: Running): void {
  filed(program.command('changes'), [
    'setpoint changes',
    'setpoint changes --after this-month --before last-month --by team',
    'setpoint changes --after 2026-10 --before 2026-09 --by workflow,customer --where team=CX',
  ])
    .description('why spend changed: calls × mix × context × token mix × rate, exactly')
    .option('--after <period>', 'the later period', 'this-month')
    .option('--before <period>', 'the earlier one; the one before by the calendar unless named')
    .option('--by <dimensions>', 'what a part is, beside its model', 'workflow')
    .option('--where <condition>', WHERE, collect)
    .option('--time-zone <name>', 'IANA time zone of the periods')
    .action(async ({ after, before, by, where, timeZone, ...options }: ChangeOptions) => {
      const { runChanges } = await import('../commands/changes.ts');
      running.finish(
        await runChanges(running.command(options), {
          ...(after !== undefined && { after }),
          ...(before !== undefined && { before }),
          ...(by !== undefined && { by: listed(by) }),
          ...(where !== undefined && { where }),
          ...(timeZone !== undefined && { timeZone }),
        }),
      );
    });
}
