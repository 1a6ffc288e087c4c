/** `setpoint telemetry …` */
import type { Command as Tree } from 'commander';

import { shared } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';

export function addTelemetry(program: Tree, running: Running): void {
  const telemetry = program
    .command('telemetry')
    .description('spans of applications that do not pass the gateway, and what is told on')
    .helpCommand(false);
  shared(telemetry.command('status'), ['setpoint telemetry status', 'setpoint telemetry status --json'])
    .description('what came in and went out since the start')
    .action(async (options: GlobalOptions) => {
      const { runTelemetryStatus } = await import('../commands/telemetry.ts');
      running.finish(await runTelemetryStatus(running.command(options)));
    });
  shared(telemetry.command('send'), ['setpoint telemetry send spans.json'])
    .description(
      'hand over an OTLP trace request in its JSON encoding, as a collector’s file exporter writes it',
    )
    .argument('<file>', 'one request, or one a line')
    .action(async (file: string, options: GlobalOptions) => {
      const { runTelemetrySend } = await import('../commands/telemetry.ts');
      running.finish(await runTelemetrySend(running.command(options), file));
    });
}
