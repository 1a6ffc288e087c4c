/** `setpoint call list`: the newest lines of a filter, or all of them as a file. */
import type { CallsAsk } from '../../api/client.ts';
import type { LedgerLine } from '../../api/contract.ts';
import { countText } from '../../units/figures.ts';
import { exactDollars } from '../figures.ts';
import { EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { renderMarkdown, renderTable } from '../table.ts';
import type { Sheet } from '../table.ts';
import { fileAsked, runFile } from './files.ts';

const UNATTRIBUTED = 'unattributed';

export async function runCallList(command: Command, ask: Omit<CallsAsk, 'cursor'>): Promise<number> {
  const file = fileAsked(command);
  if (file !== undefined) return runFile(command, file, 'calls', ask);
  const page = await (await command.client()).calls(ask);
  if (command.format === 'json') {
    command.print(JSON.stringify(page, null, 2));
    return EXIT.ok;
  }
  const sheet = sheetOf(page.lines);
  const isEmpty = page.lines.length === 0;
  const table = command.format === 'md' ? renderMarkdown(sheet) : renderTable(sheet, command.style);
  command.print(isEmpty ? 'No calls in this period.' : table);
  if (page.hasMore)
    command.say(
      `The newest ${countText(page.lines.length)} lines; there are more. --limit shows up to 1,000, --format csv or parquet has all of them.`,
    );
  return EXIT.ok;
}

function sheetOf(lines: readonly LedgerLine[]): Sheet {
  const left = (header: string) => ({ header, align: 'left' as const });
  const right = (header: string) => ({ header, align: 'right' as const });
  return {
    columns: [
      left('Started (UTC)'),
      left('Workflow'),
      left('Model'),
      left('Status'),
      right('Input tokens'),
      right('Output tokens'),
      right('Cost'),
      left('Call'),
    ],
    rows: lines.map((line) => [
      line.startedAt.slice(0, 19).replace('T', ' '),
      `${line.workflow || UNATTRIBUTED}${line.simulated ? ' (SIMULATED)' : ''}`,
      line.model,
      line.status,
      countText(line.inputTokens),
      countText(line.outputTokens),
      line.cost === null ? 'unpriced' : exactDollars(line.cost, 6),
      line.call,
    ]),
  };
}
