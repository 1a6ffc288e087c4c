/** `setpoint annotations`: what happened in a period, line by line. */
import type { AnnotationsAsk } from '../../api/client.ts';
import type { AnnotationAnswer, AnnotationsAnswer } from '../../api/contract/annotations.ts';
import { EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { renderMarkdown, renderTable } from '../table.ts';
import type { Sheet } from '../table.ts';
import { dateFormat } from '../../units/date-format.ts';

export async function runAnnotations(command: Command, ask: AnnotationsAsk): Promise<number> {
  const answer = await (await command.client()).annotations(ask);
  command.print(render(command, answer));
  if (command.format !== 'json') command.say(notes(answer).join('\n'));
  return EXIT.ok;
}

function render(command: Command, answer: AnnotationsAnswer): string {
  const { sentence, annotations } = answer;
  if (command.format === 'json') return JSON.stringify(answer, null, 2);
  if (annotations.length === 0) return sentence;
  const table =
    command.format === 'md' ? renderMarkdown(sheet(answer)) : renderTable(sheet(answer), command.style);
  return `${sentence}\n\n${table}`;
}

function sheet({ annotations, timeZone }: AnnotationsAnswer): Sheet {
  const column = (header: string) => ({ header, align: 'left' as const });
  const clock = dateFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return {
    columns: [column('When'), column('Kind'), column('What'), column('Whose')],
    rows: annotations.map((one) => [clock.format(Date.parse(one.at)), one.kind, one.text, whose(one)]),
  };
}

function whose({ scope: { workflow, team, model, provider } }: AnnotationAnswer): string {
  return [workflow === '' ? 'unattributed' : workflow, team, model, provider]
    .filter((name) => name !== undefined)
    .join(' · ');
}

function notes({ during, timeZone, closedMonths, crossingsUntold }: AnnotationsAnswer): string[] {
  return [
    `${during.text}: ${during.from.slice(0, 16)} until ${during.to.slice(0, 16)} UTC · times in ${timeZone}`,
    ...(closedMonths === null
      ? ['! The ledger is away: whether months are closed and when budgets were used up is not known.']
      : closedMonths.length === 0
        ? []
        : [`Closed: ${closedMonths.join(', ')}.`]),
    ...((crossingsUntold ?? []).length === 0
      ? []
      : [
          `! The period is too long to tell when these budgets were used up: ${crossingsUntold?.join(', ')}. Ask about two months at most.`,
        ]),
  ];
}
