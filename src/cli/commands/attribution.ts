/** `setpoint attribution coverage|missing|suggest|preview|apply`. */
import type { CoverageAsk, MissingAsk } from '../../api/client.ts';
import type {
  AppliedAnswer,
  CoverageAnswer,
  MissingAnswer,
  PreviewAnswer,
} from '../../api/contract/attribution.ts';
import { countText, moneyText, NONE, shareText } from '../../units/figures.ts';
import { moneyColumn } from '../figures.ts';
import { EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import type { Sheet } from '../table.ts';
import { newRule } from './attribution-rules.ts';
import type { RuleOptions } from './attribution-rules.ts';
import { fileAsked, runFile } from './files.ts';
import { showSheet } from './sheets.ts';

/** The id of a rule that is only tried. */
const DRAFT = 'draft';
const FIELDS = ['workflow', 'team', 'customer'] as const;

export async function runCoverage(command: Command, ask: CoverageAsk): Promise<number> {
  const file = fileAsked(command);
  if (file !== undefined) return runFile(command, file, 'coverage', ask);
  const client = await command.client();
  const first = await client.attribution.coverage(ask);
  // A newcomer's calls are all simulated: an empty table would hide that everything works.
  const instead = ask.simulated === undefined && first.total.calls === 0 && first.simulatedCalls > 0;
  const answer = instead ? await client.attribution.coverage({ ...ask, simulated: 'only' }) : first;
  showSheet(command, {
    answer,
    rows: answer.over.map(({ period }) => ({ period })),
    sheet: () => coverageSheet(answer),
    empty: 'No call in this period.',
  });
  command.say(coverageWords(answer).join('\n'));
  return EXIT.ok;
}

function coverageSheet(answer: CoverageAnswer): Sheet {
  const money = moneyColumn([answer.total.cost, ...answer.over.map(({ total }) => total.cost)]);
  const cells = ({ total, fields }: Pick<CoverageAnswer, 'total' | 'fields'>): string[] => [
    countText(total.calls),
    money(total.cost),
    ...FIELDS.map((field) => shareText(fields[field].share, 1)),
    money(fields.workflow.missing.cost),
    countText(fields.workflow.missing.unpricedCalls),
  ];
  return {
    columns: [
      { header: 'Period', align: 'left' },
      { header: 'Calls', align: 'right' },
      { header: 'Cost', align: 'right' },
      { header: 'Workflow', align: 'right' },
      { header: 'Team', align: 'right' },
      { header: 'Customer', align: 'right' },
      { header: 'No workflow', align: 'right' },
      { header: 'Of it unpriced calls', align: 'right' },
    ],
    rows: answer.over.map((one) => [one.period, ...cells(one)]),
    total: ['All', ...cells(answer)],
  };
}

function coverageWords(answer: CoverageAnswer): string[] {
  const { share } = answer.fields.workflow;
  const simulated = answer.simulated === 'only' ? 'SIMULATED: no money was spent. ' : '';
  const verdict =
    share === null
      ? 'Nothing was spent, so there is no coverage.'
      : `${shareText(share, 1)} of spend has a workflow; the aim is above ${shareText(answer.target)}.`;
  const known = answer.known.map(({ by, share: part }) => `${by} ${shareText(part, 1)}`).join(' · ');
  const unpriced = answer.total.unpricedCalls;
  return [
    `${simulated}${verdict}${known === '' ? '' : ` Known by: ${known}.`}`,
    ...(unpriced === 0
      ? []
      : [`! ${countText(unpriced)} calls have no price: they are in no share. Set prices first.`]),
    ...(share !== null && share < answer.target
      ? ['"setpoint attribution missing" lists what is missing.']
      : []),
  ];
}

export async function runMissing(command: Command, ask: MissingAsk): Promise<number> {
  const file = fileAsked(command);
  if (file !== undefined) return runFile(command, file, 'missing', ask);
  const answer = await missingOf(command, ask);
  showSheet(command, {
    answer,
    rows: answer.parts.map(({ sign, value, amount, share, suggestion }) => ({
      sign,
      value,
      cost: amount.cost,
      calls: amount.calls,
      unpricedCalls: amount.unpricedCalls,
      share,
      workflow: suggestion?.evidence?.workflow ?? '',
      evidence: suggestion?.evidence?.share ?? null,
    })),
    sheet: () => missingSheet(answer),
    empty: 'Nothing is missing: every call of this period has a workflow.',
  });
  if (answer.parts.length > 0)
    command.say(
      '"setpoint attribution suggest" prints a command for each; "preview" shows what it would move.',
    );
  return EXIT.ok;
}

async function missingOf(command: Command, ask: MissingAsk): Promise<MissingAnswer> {
  const client = await command.client();
  const first = await client.attribution.missing(ask);
  const nothing = ask.simulated === undefined && first.total.calls === 0;
  return nothing ? client.attribution.missing({ ...ask, simulated: 'only' }) : first;
}

function missingSheet(answer: MissingAnswer): Sheet {
  const money = moneyColumn([answer.missing.cost, ...answer.parts.map(({ amount }) => amount.cost)]);
  const hasOther = answer.other.calls !== 0 || answer.other.cost !== '0';
  return {
    columns: [
      { header: 'Sign', align: 'left' },
      { header: 'Value', align: 'left' },
      { header: 'Calls', align: 'right' },
      { header: 'Cost', align: 'right' },
      { header: 'Of spend', align: 'right' },
      { header: 'Others with it say', align: 'left' },
    ],
    rows: [
      ...answer.parts.map(({ sign, value, amount, share, suggestion }) => [
        sign === '' ? 'none tells' : sign,
        value,
        countText(amount.calls),
        money(amount.cost),
        shareText(share, 1),
        suggestion?.evidence
          ? `${suggestion.evidence.workflow} (${shareText(suggestion.evidence.share)})`
          : NONE,
      ]),
      ...(hasOther
        ? [['Everything else', '', countText(answer.other.calls), money(answer.other.cost), '', '']]
        : []),
    ],
    total: [
      'No workflow',
      '',
      countText(answer.missing.calls),
      money(answer.missing.cost),
      shareText(answer.share, 1),
      '',
    ],
  };
}

export async function runSuggest(command: Command, ask: MissingAsk): Promise<number> {
  const answer = await missingOf(command, ask);
  if (command.format === 'json') {
    command.print(JSON.stringify(answer.parts.map(({ suggestion }) => suggestion).filter(Boolean), null, 2));
    return EXIT.ok;
  }
  const suggested = answer.parts.filter(({ suggestion }) => suggestion !== null);
  for (const part of suggested) command.print(`${commandOf(part)}\n`);
  const unnamed = suggested.filter(({ suggestion }) => suggestion?.evidence === null).length;
  command.say(
    suggested.length === 0
      ? 'No sign tells the calls without a workflow apart. Let the applications say it: docs/attribution.md.'
      : `${suggested.length} rules, biggest first.${unnamed === 0 ? '' : ` ${unnamed} need a NAME from you.`} Try one with "preview" in place of "rule add <id>".`,
  );
  return EXIT.ok;
}

function commandOf({ suggestion, share }: MissingAnswer['parts'][number]): string {
  if (suggestion === null) return '';
  const { rule, evidence } = suggestion;
  const whens = rule.when.map(({ sign, is = [] }) => `--when ${quoted(`${sign}=${is.join('|')}`)}`);
  const named = `--workflow ${quoted(rule.set.workflow ?? 'NAME')}${rule.set.team === undefined ? '' : ` --team ${quoted(rule.set.team)}`}`;
  const why =
    evidence === null
      ? `${shareText(share, 1)} of spend has it and no workflow`
      : `${shareText(evidence.share)} of the spend with it says ${evidence.workflow}`;
  return `setpoint attribution rule add ${rule.id} ${whens.join(' ')} ${named} --reason ${quoted(why)}`;
}

/** Values come from callers, and the line is made to be pasted into a shell: nothing in them may be more than a word. */
function quoted(text: string): string {
  // eslint-disable-next-line no-control-regex
  const clean = text.replace(/[\u0000-\u001f\u007f]/g, ' ');
  return /^[\w@%+=:,./-]+$/.test(clean) ? clean : `'${clean.replaceAll("'", `'\\''`)}'`;
}

export async function runPreview(
  command: Command,
  span: {
    readonly during?: string;
    readonly timeZone?: string;
    readonly simulated?: 'exclude' | 'include' | 'only';
  },
  options: RuleOptions & { readonly rule?: readonly string[] },
): Promise<number> {
  const { rule = [] } = options;
  const drafted = (options.when ?? []).length > 0 || options.hours !== undefined;
  const drafts = drafted ? [newRule(DRAFT, options)] : [];
  const only = rule.length === 0 ? {} : { only: [...rule, ...drafts.map(({ id }) => id)] };
  const ask = { ...span, drafts, ...only };
  const client = await command.client();
  const first = await client.attribution.preview(ask);
  const nothing = span.simulated === undefined && first.total.calls === 0;
  const answer = nothing ? await client.attribution.preview({ ...ask, simulated: 'only' }) : first;
  const moves = answer.rules.flatMap(({ name, moves: own }) => own.map((move) => ({ name, ...move })));
  showSheet(command, {
    answer,
    rows: moves.map(({ name, from, to, amount }) => ({
      rule: name,
      fromWorkflow: from.workflow,
      fromTeam: from.team,
      toWorkflow: to.workflow,
      toTeam: to.team,
      toCustomer: to.customer,
      cost: amount.cost,
      calls: amount.calls,
      unpricedCalls: amount.unpricedCalls,
    })),
    sheet: () => previewSheet(answer),
    empty: 'These rules would move nothing of this period.',
  });
  command.say(previewWords(answer).join('\n'));
  return EXIT.ok;
}

function previewSheet(answer: PreviewAnswer): Sheet {
  const money = moneyColumn([answer.moved.amount.cost]);
  return {
    columns: [
      { header: 'Rule', align: 'left' },
      { header: 'From', align: 'left' },
      { header: 'To', align: 'left' },
      { header: 'Calls', align: 'right' },
      { header: 'Cost', align: 'right' },
    ],
    rows: answer.rules.flatMap(({ name, moves }) =>
      moves.map(({ from, to, amount }) => [
        name,
        ownerText(from),
        ownerText(to),
        countText(amount.calls),
        money(amount.cost),
      ]),
    ),
    total: ['Moved', '', '', countText(answer.moved.amount.calls), money(answer.moved.amount.cost)],
  };
}

function ownerText({
  workflow,
  team,
  customer,
}: {
  workflow?: string | undefined;
  team?: string | undefined;
  customer?: string | undefined;
}): string {
  const words = [workflow || 'unattributed', team, customer].filter(
    (word) => word !== undefined && word !== '',
  );
  return words.join(' · ');
}

function previewWords({ before, after, moved, rules }: PreviewAnswer): string[] {
  return [
    `Would move ${moneyText(moved.amount.cost)} (${shareText(moved.share, 1)} of spend). Coverage ${shareText(before.share, 1)} → ${shareText(after.share, 1)}. Nothing was written.`,
    ...rules.flatMap(({ name, forwardOnly }) => (forwardOnly === null ? [] : [`${name}: ${forwardOnly}.`])),
  ];
}

export async function runApply(
  command: Command,
  span: { readonly during?: string; readonly timeZone?: string },
  only: readonly string[],
): Promise<number> {
  const { during, timeZone } = span;
  const answer = await (
    await command.client()
  ).attribution.apply({
    ...(during !== undefined && { during }),
    ...(timeZone !== undefined && { timeZone }),
    ...(only.length > 0 && { only: [...only] }),
  });
  showSheet(command, {
    answer,
    rows: answer.moves.map(({ id, rule, month, bookedIn, from, set, lines, amount }) => ({
      id,
      rule,
      month,
      bookedIn,
      fromWorkflow: from.workflow ?? '',
      workflow: set.workflow ?? '',
      team: set.team ?? '',
      customer: set.customer ?? '',
      lines,
      cost: amount.cost,
      calls: amount.calls,
    })),
    sheet: () => appliedSheet(answer),
    empty: 'Nothing was left to move.',
  });
  const resumed = answer.resumed === 0 ? '' : ` ${answer.resumed} moves of an interrupted run were ended.`;
  command.say(
    `Moved ${moneyText(answer.moved.cost)} in ${answer.moves.length} ${answer.moves.length === 1 ? 'move' : 'moves'}; totals are what they were.${resumed}`,
  );
  return EXIT.ok;
}

function appliedSheet(answer: AppliedAnswer): Sheet {
  const money = moneyColumn([answer.moved.cost]);
  return {
    columns: [
      { header: 'Month', align: 'left' },
      { header: 'Rule', align: 'left' },
      { header: 'From', align: 'left' },
      { header: 'To', align: 'left' },
      { header: 'Lines', align: 'right' },
      { header: 'Cost', align: 'right' },
    ],
    rows: answer.moves.map(({ month, bookedIn, rule, from, set, lines, amount }) => [
      bookedIn === null ? month : `${month}, booked in ${bookedIn}`,
      rule,
      ownerText(from),
      ownerText({ ...from, ...set }),
      countText(lines),
      money(amount.cost),
    ]),
    total: ['', '', '', '', '', money(answer.moved.cost)],
  };
}
