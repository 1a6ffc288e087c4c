/** `setpoint call show <id>`: the receipt of one call, down to the picodollar. */
import type { LedgerLine, Receipt } from '../../api/contract.ts';
import { countText, durationText } from '../../units/figures.ts';
import { BUCKETS } from '../../units/tokens.ts';
import { exactDollars } from '../figures.ts';
import { EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { renderCsv, renderTable } from '../table.ts';
import type { Sheet } from '../table.ts';
import { printable } from '../width.ts';

export async function runCallShow(command: Command, call: string): Promise<number> {
  const receipt = await (await command.client()).receipt(call);
  command.print(render(command, receipt));
  return EXIT.ok;
}

function render(command: Command, receipt: Receipt): string {
  switch (command.format) {
    case 'json':
      return JSON.stringify(receipt, null, 2);
    case 'ndjson':
      return receipt.lines.map((line) => JSON.stringify(line)).join('\n');
    case 'csv':
      return renderCsv([
        ['call', 'attempt', 'part', 'model', 'bucket', 'units', 'dollarsPerMillion', 'cost', 'priceVersion'],
        ...receipt.lines.flatMap((line) =>
          line.buckets.map(({ bucket, units, rate, cost }) => [
            line.call,
            line.attempt,
            line.part,
            line.model,
            bucket,
            units,
            rate,
            cost,
            line.priceVersion,
          ]),
        ),
      ]);
    default:
      return receiptText(command, receipt);
  }
}

export function receiptText(command: Pick<Command, 'style'>, receipt: Receipt): string {
  const [first] = receipt.lines;
  if (first === undefined) return `Call ${receipt.call} has no lines.`;
  const simulated = receipt.lines.every((line) => line.simulated);
  return [
    command.style.bold(`RECEIPT${simulated ? '   SIMULATED: no money was spent' : ''}`),
    ...heading(first),
    '',
    renderTable(bucketSheet(receipt), command.style),
    ...receipt.lines.flatMap(lineNotes),
    '',
    ...footing(receipt),
  ].join('\n');
}

function heading(line: LedgerLine): string[] {
  const who = [
    `workflow ${line.workflow || 'unattributed'}`,
    `team ${line.team || 'unattributed'}`,
    `customer ${line.customer || 'unattributed'}`,
    `key ${line.key}`,
  ];
  const routed = line.modelRequested === line.model ? '' : ` (asked for ${line.modelRequested})`;
  const tags = Object.entries(line.tags).map(([name, value]) => `${name}=${value}`);
  return [
    `Call      ${line.call}`,
    `When      ${line.startedAt}`,
    `Who       ${who.join(' · ')}`,
    `What      ${line.model}${routed} at ${line.provider} · ${line.wire}${line.stream ? ' · stream' : ''}`,
    `Request   ${line.request}${line.session === '' ? '' : ` · session ${line.session}`}`,
    ...payer(line),
    ...origin(line),
    ...(tags.length === 0 ? [] : [`Tags      ${tags.join(', ')}`]),
  ].map(printable);
}

/** Who pays the provider, where that is known. */
function payer(line: LedgerLine): string[] {
  const known = [
    ...(line.account === '' ? [] : [`account ${line.account}`]),
    ...(line.region === '' ? [] : [`region ${line.region}`]),
  ];
  return known.length === 0 ? [] : [`Paid by   ${known.join(' · ')}`];
}

const NAMED_BY: Readonly<Record<string, string>> = {
  said: 'the call itself',
  key: 'its key',
};

/** Who named the workflow, and where the line came from, where that is more than the gateway's word. */
function origin(line: LedgerLine): string[] {
  const from = [
    ...(line.attributedBy === ''
      ? []
      : [`workflow named by ${NAMED_BY[line.attributedBy] ?? line.attributedBy}`]),
    ...(line.source === 'gateway' ? [] : [`source ${line.source}`]),
  ];
  return from.length === 0 ? [] : [`Origin    ${from.join(' · ')}`];
}

function bucketSheet(receipt: Receipt): Sheet {
  const severalLines = receipt.lines.length > 1;
  const rows = receipt.lines.flatMap((line) => {
    const label = severalLines ? lineLabel(line) : '';
    if (line.buckets.length === 0)
      return [[`${label}no usage`, '', '', '', line.cost === null ? 'unpriced' : exactDollars(line.cost)]];
    return line.buckets.map(({ bucket, units, rate, cost }) => [
      label + bucketLabel(bucket),
      countText(units),
      '×',
      rate === null ? 'no price' : exactDollars(rate, 2),
      cost === null ? 'unpriced' : exactDollars(cost),
    ]);
  });
  const missing = receipt.unpricedLines > 0 ? ' + unpriced' : '';
  return {
    columns: [
      { header: 'Item', align: 'left' },
      { header: 'Units', align: 'right' },
      { header: '', align: 'left' },
      { header: '$ per million', align: 'right' },
      { header: 'Cost', align: 'right' },
    ],
    rows,
    total: ['Total', '', '', '', `${exactDollars(receipt.total)}${missing}`],
  };
}

/** Which of several lines a row is of: its attempt, and what in it when that is not the attempt's own usage. */
function lineLabel(line: LedgerLine): string {
  const leg = line.leg === 'settle' ? '' : `${line.leg} `;
  return `attempt ${line.attemptNumber} ${leg}${line.part === 'call' ? '' : `${line.part} `}· `;
}

function bucketLabel(bucket: string): string {
  return bucket in BUCKETS ? BUCKETS[bucket as keyof typeof BUCKETS].label : bucket;
}

const BASIS_WORDS: Readonly<Record<string, string>> = {
  reported: 'usage reported by the provider',
  counted: 'usage counted by Setpoint, the provider reported none',
  presumed: 'usage presumed, a correction will follow',
};

/** Tiers whose tokens have no marginal cost: what was bought ahead stands elsewhere. */
const COVERED: Readonly<Record<string, string>> = {
  provisioned: 'covered by the commitment for provisioned capacity: no marginal cost',
  reserved: 'covered by the reservation of capacity: no marginal cost',
};

function lineNotes(line: LedgerLine): string[] {
  const ended = [
    line.status,
    line.httpStatus === 0 ? 'no status' : String(line.httpStatus),
    line.finishReason,
  ]
    .filter((word) => word !== '')
    .join(' · ');
  const timing = `${durationText(line.durationMs)}, first byte ${durationText(line.firstByteMs)}, gateway ${(line.overheadMicros / 1_000).toFixed(2)} ms`;
  return [
    '',
    `Attempt ${line.attemptNumber} (${line.kind})${line.part === 'call' ? '' : `, ${line.part}`}: ${ended} · ${timing}`,
    ...(line.modelReturned === '' || line.modelReturned === line.model
      ? []
      : [`  answered by ${line.modelReturned}`]),
    `  ${BASIS_WORDS[line.basis] ?? line.basis}${line.flag === '' ? '' : ` · flagged: ${line.flag}`}`,
    ...(Object.hasOwn(COVERED, line.serviceTier) ? [`  ${COVERED[line.serviceTier]}`] : []),
    ...correctionLines(line),
    ...listLines(line),
    ...(line.providerCost === null ? [] : [`  the provider states ${exactDollars(line.providerCost)}`]),
    ...compositionLines(line),
  ].map(printable);
}

function correctionLines(line: LedgerLine): string[] {
  if (line.leg !== 'adjust') return [];
  const words = [
    line.cause === '' ? 'correction' : `correction: ${line.cause}`,
    ...(line.corrects === '' ? [] : [`of line ${line.corrects}`]),
    ...(line.correction === '' ? [] : [`by ${line.correction}`]),
    ...(line.forMonth === '' ? [] : [`for ${line.forMonth}`]),
    `to workflow ${line.workflow || 'unattributed'}, team ${line.team || 'unattributed'}, customer ${line.customer || 'unattributed'}`,
  ];
  return [`  ${words.join(' · ')}`];
}

function listLines(line: LedgerLine): string[] {
  if (line.listCost === null || line.listCost === line.cost) return [];
  return [`  at list prices it would have cost ${exactDollars(line.listCost)}`];
}

function compositionLines(line: LedgerLine): string[] {
  const side = (name: string, parts: Readonly<Record<string, number>>): string[] => {
    const shown = Object.entries(parts)
      .filter(([, tokens]) => tokens > 0)
      .map(([part, tokens]) => `${part} ${countText(tokens)}`);
    return shown.length === 0 ? [] : [`  ${name} was ${shown.join(' · ')} (${line.compositionBasis})`];
  };
  return [...side('input', line.composition.input), ...side('output', line.composition.output)];
}

function footing(receipt: Receipt): string[] {
  const versions = [...new Set(receipt.lines.map((line) => line.priceVersion))].filter(
    (version) => version !== '',
  );
  const rulebooks = [...new Set(receipt.lines.map((line) => line.rulebookVersion))];
  return [
    `Prices    ${versions.length === 0 ? 'none used' : versions.join(', ')} · ${receipt.currency}`,
    `Rulebook  ${rulebooks.join(', ')}`,
    ...(receipt.unpricedLines === 0
      ? []
      : [
          `! ${receipt.unpricedLines} of ${receipt.lines.length} lines are unpriced: their cost is not in the total. Set a price under prices.overrides in setpoint.yaml.`,
        ]),
  ];
}
