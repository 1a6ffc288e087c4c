/** `setpoint tail`: calls as they end, one line each. */
import type { LedgerLine } from '../../api/contract.ts';
import { countText, durationText } from '../../units/figures.ts';
import { exactDollars } from '../figures.ts';
import { EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { displayWidth, fit, printable } from '../width.ts';

const WIDTHS = { workflow: 24, team: 12, model: 28, tokens: 16, cost: 14 } as const;

export async function runTail(
  command: Command,
  where: readonly string[],
  most: number | undefined,
): Promise<number> {
  const client = await command.client();
  const forPeople = command.format === 'table' || command.format === 'md';
  if (forPeople) command.say('Waiting for calls. Stop with Ctrl-C.');
  let shown = 0;
  try {
    for await (const line of client.tail({ where })) {
      command.print(forPeople ? tailLine(line) : JSON.stringify(line));
      shown += 1;
      if (shown === most) break;
    }
  } catch (error) {
    if (!command.isInterrupted()) throw error;
  }
  return EXIT.ok;
}

export function tailLine(line: LedgerLine): string {
  const cost = line.cost === null ? 'unpriced' : exactDollars(line.cost, 6);
  const words = [
    line.startedAt.slice(11, 23),
    cell(line.workflow || 'unattributed', WIDTHS.workflow),
    cell(line.team || NO_TEAM, WIDTHS.team),
    cell(line.model, WIDTHS.model),
    `${countText(line.inputTokens)} > ${countText(line.outputTokens)}`.padStart(WIDTHS.tokens),
    cost.padStart(WIDTHS.cost),
    durationText(line.durationMs).padStart(9),
    line.status,
  ];
  return `${words.join('  ')}${line.simulated ? '  SIMULATED' : ''}  ${line.call}`;
}

const NO_TEAM = '–';

function cell(text: string, cells: number): string {
  const shown = fit(printable(text), cells, '…');
  return shown + ' '.repeat(cells - displayWidth(shown));
}
