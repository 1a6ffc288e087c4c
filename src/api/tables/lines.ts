/** Ledger lines as a file: page after page while it is written, then what the limit cut off, and the total. */
import type { LedgerLine, LedgerReader, Question } from '../../ledger/question.ts';
import type { FileTable, Stored } from '../../tables/tables.ts';
import { formatDollars, parseDollars } from '../../units/money.ts';
import { cellsOf, columnsOf, MONEY, streamedTable } from './shape.ts';
import type { MarkedRow } from './shape.ts';

const LINES_PER_PAGE = 1_000;

/** In the order of the contract. What has parts (tags, composition, buckets) is JSON in one cell. */
const STORED: Readonly<Record<keyof LedgerLine, Stored>> = {
  id: 'text',
  call: 'text',
  attempt: 'text',
  attemptNumber: 'count',
  kind: 'text',
  leg: 'text',
  part: 'text',
  startedAt: 'instant',
  durationMs: 'number',
  firstByteMs: 'number',
  overheadMicros: 'number',
  workflow: 'text',
  team: 'text',
  customer: 'text',
  request: 'text',
  session: 'text',
  tags: 'text',
  key: 'text',
  provider: 'text',
  wire: 'text',
  endpoint: 'text',
  modelRequested: 'text',
  model: 'text',
  modelReturned: 'text',
  responseId: 'text',
  stream: 'text',
  status: 'text',
  httpStatus: 'count',
  finishReason: 'text',
  serviceTier: 'text',
  geo: 'text',
  simulated: 'text',
  basis: 'text',
  flag: 'text',
  inputTokens: 'count',
  outputTokens: 'count',
  cost: MONEY,
  providerCost: MONEY,
  priceVersion: 'text',
  rulebookVersion: 'count',
  compositionBasis: 'text',
  composition: 'text',
  calls: 'count',
  account: 'text',
  region: 'text',
  path: 'text',
  fingerprint: 'text',
  attributedBy: 'text',
  source: 'text',
  cause: 'text',
  corrects: 'text',
  correction: 'text',
  forMonth: 'text',
  listCost: MONEY,
  buckets: 'text',
};

/** What only the rest and the total can say. */
const OF_SUMS: Readonly<Record<string, Stored>> = { lines: 'count', unpricedCalls: 'count' };

export interface LinesAsk extends Pick<Question, 'during' | 'where' | 'simulated' | 'timeZone'> {
  readonly limit: number;
}

/** The ledger's own sums of the lines; the last row of the file. */
const SUMS = ['cost', 'calls', 'lines', 'inputTokens', 'outputTokens', 'unpricedCalls'] as const;

/** Asks for the sums first, so that a caller can refuse before a byte is sent. Lines are read as they are taken. */
export async function linesTable(
  ledger: Pick<LedgerReader, 'ask' | 'page'>,
  ask: LinesAsk,
  question: string,
): Promise<{ readonly table: FileTable; readonly completeUntil: string; readonly unpricedCalls: number }> {
  const sums = (): ReturnType<LedgerReader['ask']> => ledger.ask({ of: SUMS, by: [], ...ask, limit: 1 });
  const { asOfMs, completeUntilMs, priceVersions, unpricedCalls } = await sums();
  const instant = (ms: number): string => new Date(ms).toISOString();
  const completeUntil = instant(completeUntilMs);
  const facts = {
    periodFrom: instant(ask.during.fromMs),
    periodTo: instant(ask.during.toMs),
    timeZone: ask.timeZone,
    simulatedCallsAre: ask.simulated,
    currency: 'USD',
    figureBasis: 'measured',
    priceVersions,
    asOf: instant(asOfMs),
    completeUntil,
  } as const;
  const shape = { columns: columnsOf({ ...STORED, ...OF_SUMS }), facts, question };
  const rows = rowsOf(ledger, ask, async () => (await sums()).total);
  return { table: streamedTable(shape, rows), completeUntil, unpricedCalls };
}

/**
 * The total is asked for when the lines are read. What it has beyond them, by the limit or because it arrived meanwhile, is
 * the row `other`, so that lines + other = total however long the file took.
 */
async function* rowsOf(
  ledger: Pick<LedgerReader, 'page'>,
  { during, where, simulated, limit }: LinesAsk,
  totalNow: () => Promise<Awaited<ReturnType<LedgerReader['ask']>>['total']>,
): AsyncGenerator<readonly MarkedRow[]> {
  const read = new LineSums();
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<LedgerReader['page']>> = await ledger.page({
      during,
      where,
      simulated,
      limit: Math.min(LINES_PER_PAGE, limit - read.lines),
      cursor,
    });
    for (const line of page.lines) read.add(line);
    yield page.lines.map((line): MarkedRow => ['line', cellsOf({ ...line })]);
    cursor = page.nextCursor;
  } while (cursor !== null && read.lines < limit);
  const total = await totalNow();
  const { cost = '0', calls = 0, lines = 0, inputTokens = 0, outputTokens = 0 } = total;
  const rest = {
    cost: formatDollars(parseDollars(cost) - read.cost),
    calls: calls - read.calls,
    lines: lines - read.lines,
    inputTokens: inputTokens - read.inputTokens,
    outputTokens: outputTokens - read.outputTokens,
  };
  const isWhole = rest.lines === 0 && rest.cost === '0';
  yield [...(isWhole ? [] : [['other', cellsOf(rest)] as const]), ['total', cellsOf({ ...total })]];
}

/** What the lines of the file come to. Unpriced lines cost what nobody knows, and are in no cost. */
class LineSums {
  lines = 0;
  calls = 0;
  inputTokens = 0;
  outputTokens = 0;
  cost = 0n;

  add(line: LedgerLine): void {
    this.lines += 1;
    this.calls += line.calls;
    this.inputTokens += line.inputTokens;
    this.outputTokens += line.outputTokens;
    this.cost += parseDollars(line.cost ?? '0');
  }
}
