/** `setpoint ledger`: one question, one table. */
import type { LedgerAsk } from '../../api/client.ts';
import type { Figures, LedgerAnswer } from '../../api/contract.ts';
import { dateFormat } from '../../units/date-format.ts';
import {
  changePercent,
  countText,
  durationText,
  NONE,
  NOT_APPLICABLE,
  pricedPart,
  shareText,
} from '../../units/figures.ts';
import { formatDollars, parseDollars } from '../../units/money.ts';
import { costPerCallColumn, moneyColumn } from '../figures.ts';
import { EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { renderMarkdown, renderTable } from '../table.ts';
import type { Column, Sheet } from '../table.ts';
import { fileAsked, runFile } from './files.ts';

const TABLE_MEASURES = ['calls', 'averageInputTokens', 'share', 'cost'];
/** Asked for beside the table's own, so that a missing price can be told from a price of nothing. */
const HIDDEN_MEASURE = 'unpricedCalls';
const OWNED_DIMENSIONS = new Set(['workflow', 'team', 'customer']);
const REST_LABEL = 'Everything else';
const REST_OTHER_LABEL = 'Various';

type MeasureName = keyof Figures;

const MEASURE_HEADERS: Readonly<Record<MeasureName, string>> = {
  calls: 'Calls',
  requests: 'Requests',
  attempts: 'Attempts',
  inputTokens: 'Input tokens',
  outputTokens: 'Output tokens',
  cacheReadTokens: 'Cache read tokens',
  cacheWriteTokens: 'Cache write tokens',
  reasoningTokens: 'Reasoning tokens',
  averageInputTokens: 'Avg input tokens',
  averageOutputTokens: 'Avg output tokens',
  cost: 'Cost',
  inputCost: 'Input cost',
  outputCost: 'Output cost',
  feeCost: 'Fees',
  share: 'Share of spend',
  costPerCall: 'Cost per call',
  unpricedCalls: 'Unpriced calls',
  flaggedCalls: 'Flagged calls',
  averageDurationMs: 'Avg duration',
  composition: 'Composition',
  units: 'Units',
  listCost: 'Cost at list',
  lines: 'Lines',
};

const DIMENSION_HEADERS: Readonly<Record<string, string>> = {
  modelRequested: 'Model requested',
  serviceTier: 'Service tier',
  priceVersion: 'Price version',
  forMonth: 'For month',
  attributedBy: 'Attributed by',
  responseId: 'Response id',
  contextBand: 'Context',
  rate: '$ per million',
};

export async function runLedger(command: Command, ask: LedgerAsk): Promise<number> {
  const file = fileAsked(command);
  if (file !== undefined) return runFile(command, file, 'ledger', { of: TABLE_MEASURES, ...ask });
  const client = await command.client();
  const forPeople = command.format !== 'json';
  const of = ask.of ?? TABLE_MEASURES;
  const needed = [HIDDEN_MEASURE, 'calls', ...(ask.compare === undefined ? [] : ['cost'])];
  const full: LedgerAsk = { ...ask, of: forPeople ? [...new Set([...of, ...needed])] : of };
  const first = await client.ledger(full);
  // A newcomer's calls are all simulated: an empty table would hide that everything works.
  const onlySimulated =
    forPeople && ask.simulated === undefined && isEmpty(first) && first.simulatedCalls > 0;
  const answer = onlySimulated ? await client.ledger({ ...full, simulated: 'only' }) : first;
  command.print(render(command, answer, of as MeasureName[]));
  if (forPeople) command.print(`\n${notes(answer).join('\n')}`);
  else command.say(notes(answer).join('\n'));
  return EXIT.ok;
}

function isEmpty(answer: LedgerAnswer): boolean {
  return (answer.total.calls ?? 0) === 0 && answer.rows.length === 0;
}

function render(command: Command, answer: LedgerAnswer, of: readonly MeasureName[]): string {
  switch (command.format) {
    case 'json':
      return JSON.stringify(answer, null, 2);
    case 'md':
      return renderMarkdown(ledgerSheet(answer, of));
    default:
      return `${simulatedTitle(answer)}${renderTable(ledgerSheet(answer, of), command.style)}`;
  }
}

/** The table as people read it: largest first (the ledger's order), the rest in one row, then the total. */
export function ledgerSheet(answer: LedgerAnswer, of: readonly MeasureName[]): Sheet {
  const figures = [
    ...answer.rows.map((row) => row.figures),
    ...(answer.other === null ? [] : [answer.other]),
  ];
  const cells = of.map((name) => cellOf(name, [...figures, answer.total]));
  const change = changeOf(answer);
  const body = answer.rows.map((row, index) => [
    ...row.group.map((value, at) => groupLabel(answer.by[at] ?? '', value)),
    ...cells.map((cell) => cell(row.figures)),
    ...change(row.figures, answer.compared?.rows[index]),
  ]);
  const rest = answer.other;
  const restRow =
    rest === null
      ? []
      : [
          [
            ...answer.by.map((_, index) => (index === 0 ? REST_LABEL : REST_OTHER_LABEL)),
            ...cells.map((cell) => cell(rest)),
            ...change(rest, answer.compared?.other),
          ],
        ];
  const columns: Column[] = [
    ...answer.by.map((name) => ({ header: dimensionHeader(name), align: 'left' as const })),
    ...of.map((name) => ({
      header: measureHeader(name, [...figures, answer.total]),
      align: 'right' as const,
    })),
    ...(answer.compared === undefined ? [] : CHANGE_COLUMNS),
  ];
  if (answer.by.length === 0)
    return {
      columns,
      rows: [[...cells.map((cell) => cell(answer.total)), ...change(answer.total, answer.compared?.total)]],
    };
  const total = [
    ...answer.by.map((_, index) => (index === 0 ? 'Total' : NOT_APPLICABLE)),
    ...of.map((name, index) => totalCell(name, cells[index]?.(answer.total) ?? '', answer)),
    ...change(answer.total, answer.compared?.total),
  ];
  return { columns, rows: [...body, ...restRow], total };
}

const CHANGE_COLUMNS: readonly Column[] = [
  { header: 'Change', align: 'right' },
  { header: '%', align: 'right' },
];

/** The cells of a row's change in cost; none where nothing is compared. */
function changeOf({
  compared,
  total,
}: LedgerAnswer): (now: Figures, before: Figures | null | undefined) => string[] {
  if (compared === undefined) return () => [];
  const show = moneyColumn([total.cost, compared.total.cost]);
  return (now, before) => {
    if (before === null && compared.other === null) return [NONE, NONE]; // too many to be joined: not new
    const [is, was] = [parseDollars(now.cost ?? '0'), parseDollars(before?.cost ?? '0')];
    if (is === was) return [NONE, NONE];
    const sign = is > was ? '+' : '';
    return [`${sign}${show(formatDollars(is - was))}`, was <= 0n ? 'new' : changePercent(was, is - was)];
  };
}

/** An average over unlike workflows says nothing that anyone could act on, so a total has none. */
function totalCell(name: MeasureName, cell: string, answer: LedgerAnswer): string {
  if (name.startsWith('average') || name === 'composition') return NOT_APPLICABLE;
  return name === 'share' && (answer.total.calls ?? 0) === 0 ? NONE : cell;
}

function cellOf(name: MeasureName, all: readonly Figures[]): (figures: Figures) => string {
  switch (name) {
    case 'cost':
    case 'inputCost':
    case 'outputCost':
    case 'feeCost':
    case 'listCost': {
      const show = moneyColumn(all.map((figures) => figures[name]));
      return (figures) => priced(figures, figures[name], show);
    }
    case 'costPerCall': {
      const { show } = costPerCallColumn(all.map((figures) => figures.costPerCall));
      return (figures) => priced(figures, figures.costPerCall, show);
    }
    case 'share':
      return (figures) => shareText(figures.share);
    case 'averageDurationMs':
      return (figures) => durationText(figures.averageDurationMs);
    case 'composition':
      return (figures) => compositionText(figures.composition);
    default:
      return (figures) => countText(figures[name]);
  }
}

/** Unknown is not zero: a group whose calls all lack a price is `unpriced`, one with some says so. */
function priced(
  figures: Figures,
  amount: string | null | undefined,
  show: (amount: string | null | undefined) => string,
): string {
  const missing = figures.unpricedCalls ?? 0;
  switch (pricedPart(figures.calls ?? missing, missing)) {
    case 'all':
      return show(amount);
    case 'some':
      return `${show(amount)} + unpriced`;
    case 'none':
      return 'unpriced';
  }
}

function compositionText(composition: Figures['composition']): string {
  const parts = Object.entries(composition?.input ?? {})
    .filter(([, tokens]) => tokens > 0)
    .toSorted((a, b) => b[1] - a[1]);
  const whole = parts.reduce((sum, [, tokens]) => sum + tokens, 0);
  return parts.length === 0
    ? NONE
    : parts.map(([part, tokens]) => `${part} ${shareText(tokens / whole)}`).join(', ');
}

function groupLabel(dimension: string, value: string): string {
  if (value !== '') return value;
  return OWNED_DIMENSIONS.has(dimension) ? 'unattributed' : NONE;
}

function measureHeader(name: MeasureName, all: readonly Figures[]): string {
  if (name !== 'costPerCall') return MEASURE_HEADERS[name];
  return costPerCallColumn(all.map((figures) => figures.costPerCall)).header;
}

function dimensionHeader(name: string): string {
  if (name.startsWith('tag:')) return name.slice(4);
  return DIMENSION_HEADERS[name] ?? name.charAt(0).toUpperCase() + name.slice(1);
}

function simulatedTitle(answer: LedgerAnswer): string {
  return answer.simulated === 'only'
    ? 'SIMULATED: no money was spent. These calls were answered by the built-in simulator.\n\n'
    : '';
}

/** What must be known to read the table: its span and its sources first, then what is missing from it. */
export function notes(answer: LedgerAnswer): string[] {
  const { during, timeZone } = answer;
  const version = answer.priceBookVersion === '' ? 'no price used' : `price book ${answer.priceBookVersion}`;
  const span = `${instantIn(during.from, timeZone)} until ${instantIn(during.to, timeZone)}`;
  const lines = [
    `${during.text}: ${span} · ${timeZone} · ${version} · complete until ${instantIn(answer.completeUntil, timeZone)}`,
  ];
  if (answer.compared !== undefined) {
    const { from, to } = answer.compared.during;
    lines.push(
      `Change of cost against ${instantIn(from, timeZone)} until ${instantIn(to, timeZone)} (${answer.compared.during.text}).`,
    );
  }
  if (answer.simulated === 'only') lines.push('SIMULATED: every call here is simulated; no money was spent.');
  if (answer.simulated === 'include')
    lines.push('! Simulated calls are included; no money was spent on those.');
  if (answer.simulated === 'exclude' && answer.simulatedCalls > 0)
    lines.push(
      `${countText(answer.simulatedCalls)} simulated calls are left out; "--simulated only" shows them.`,
    );
  if (answer.unpriced > 0)
    lines.push(
      `! ${countText(answer.unpriced)} calls are unpriced: their cost is missing from these figures. "setpoint ledger --by provider,model --of calls,unpricedCalls" names them.`,
    );
  if (answer.unattributed > 0) {
    const cost = moneyColumn([answer.unattributedCost])(answer.unattributedCost);
    lines.push(
      `! ${countText(answer.unattributed)} calls (${cost}) are unattributed: send x-setpoint-workflow, or give their key a workflow.`,
    );
  }
  if (isEmpty(answer))
    lines.push(
      'No calls in this period. Send one through the gateway, or ask for another with --during (for example 30d or all).',
    );
  return lines;
}

/** An instant in the reporting zone; midnight is just its date. */
function instantIn(instant: string, timeZone: string): string {
  const format = dateFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const part = Object.fromEntries(
    format.formatToParts(Date.parse(instant)).map(({ type, value }) => [type, value]),
  );
  const time = `${part['hour']}:${part['minute']}:${part['second']}`;
  return `${part['year']}-${part['month']}-${part['day']}${time === '00:00:00' ? '' : ` ${time}`}`;
}
