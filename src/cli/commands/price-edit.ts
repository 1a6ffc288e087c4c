/** `setpoint price set | withdraw | restore | import`: deciding prices. */
import type { NewPrice, PriceEdit, PricesDecided } from '../../api/contract/prices.ts';
import { moneyText } from '../../units/figures.ts';
import { isPrice } from '../options.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';

export interface EditOptions {
  readonly input?: string;
  readonly output?: string;
  readonly outputPrice?: string;
  readonly cacheRead?: string;
  readonly cacheWrite?: string;
  readonly rate?: readonly string[];
  readonly percentOff?: string;
  readonly multiplier?: string;
  readonly above?: string;
  readonly from?: string;
  readonly until?: string;
  readonly team?: string;
  readonly account?: string;
  readonly region?: string;
  readonly tier?: string;
  readonly list?: boolean;
  readonly reason?: string;
  readonly supersedes?: string;
  readonly confirm?: string;
  readonly dryRun?: boolean;
}

export async function runPriceSet(command: Command, name: string, options: EditOptions): Promise<number> {
  const { reason = '', supersedes, confirm, dryRun } = options;
  const ask: NewPrice = {
    ...readEdit(name, options),
    reason,
    ...(supersedes !== undefined && { supersedes }),
    ...(confirm !== undefined && { confirm }),
    ...(dryRun !== undefined && { dryRun }),
  };
  return report(command, await (await command.client()).setPrice(ask));
}

export async function runPriceWithdraw(
  command: Command,
  id: string,
  { reason, from }: { readonly reason: string; readonly from?: string },
): Promise<number> {
  const ask = { reason, ...(from !== undefined && { from }) };
  return report(command, await (await command.client()).withdrawPrice(id, ask));
}

export async function runPriceRestore(
  command: Command,
  id: string,
  { reason }: { readonly reason: string },
): Promise<number> {
  return report(command, await (await command.client()).restorePrice(id, { reason }));
}

export async function runPriceImport(
  command: Command,
  file: string,
  options: {
    readonly reason: string;
    readonly column?: readonly string[];
    readonly confirm?: string;
    readonly dryRun?: boolean;
  },
): Promise<number> {
  const [{ readFileSync }, path] = await Promise.all([import('node:fs'), import('node:path')]);
  let csv: string;
  try {
    csv = readFileSync(path.resolve(command.around.workingDirectory, file), 'utf8');
  } catch (error) {
    throw new CliError(
      `${file} cannot be read (${error instanceof Error ? error.message : String(error)}). No price was changed.`,
    );
  }
  const columns = Object.fromEntries(
    (options.column ?? []).map((text) => pair(text, '--column', 'field=column')),
  );
  const { reason, confirm, dryRun } = options;
  const answer = await (
    await command.client()
  ).importPrices({
    csv,
    columns,
    reason,
    ...(confirm !== undefined && { confirm }),
    ...(dryRun !== undefined && { dryRun }),
  });
  return report(command, answer);
}

/** The price that the options say. @throws CliError when they say none. */
export function readEdit(name: string, options: EditOptions): PriceEdit {
  const at = name.indexOf('/');
  if (at < 1 || at === name.length - 1)
    throw new CliError(
      `"${name}" is no provider/model; write for example openai/gpt-4o, or 'openai/*'`,
      EXIT.usage,
    );
  const { input, cacheRead, cacheWrite, above } = options;
  const output = options.outputPrice ?? (isPrice(options.output) ? options.output : undefined);
  const stated = { freshIn: input, textOut: output, cacheRead, cacheWrite };
  const rates = Object.fromEntries([
    ...Object.entries(stated).flatMap(([bucket, rate]) =>
      rate === undefined ? [] : [[bucket, rate] as const],
    ),
    ...(options.rate ?? []).map((text) => pair(text, '--rate', 'bucket=dollars')),
  ]);
  const texts = (
    ['percentOff', 'multiplier', 'from', 'until', 'team', 'account', 'region', 'tier'] as const
  ).flatMap((field) => (options[field] === undefined ? [] : [[field, options[field]] as const]));
  return {
    provider: name.slice(0, at),
    model: name.slice(at + 1),
    ...(Object.keys(rates).length > 0 && { rates }),
    ...Object.fromEntries(texts),
    ...(above !== undefined && { aboveTokens: Number(above) }),
    ...(options.list === true && { kind: 'list' as const }),
  };
}

function pair(text: string, option: string, shape: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new CliError(`${option} "${text}" is not ${shape}`, EXIT.usage);
  return [text.slice(0, at), text.slice(at + 1)];
}

function report(command: Command, decided: PricesDecided): number {
  if (command.format === 'table' || command.format === 'md' || command.format === 'csv')
    command.print(decided.decisions.map(({ id }) => id).join('\n'));
  else command.print(JSON.stringify(decided, null, command.format === 'json' ? 2 : 0));
  for (const warning of decided.warnings) command.say(`Note: ${warning}`);
  const { lastMonth } = decided;
  if (lastMonth !== null)
    command.say(
      `Last month would have cost ${moneyText(lastMonth.after)} instead of ${moneyText(lastMonth.before)} at this price${lastMonth.exact ? '' : ' (not exactly: see price what-if)'}.`,
    );
  if (decided.dryRun) command.say('Nothing was decided (--dry-run).');
  else
    command.say(
      decided.published
        ? `Decided. Price book ${decided.priceBookVersion} is in force; lines booked before keep their price.`
        : 'Decided, but the gateways could not be told yet; they will be at the next publication. "setpoint doctor" may say why.',
    );
  return EXIT.ok;
}
