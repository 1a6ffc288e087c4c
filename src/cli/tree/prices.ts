/** `setpoint price …` */
import { InvalidArgumentError, Option } from 'commander';
import type { Command as Tree } from 'commander';

import { collect, filed, fileFormatOption, isPrice, shared } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';
import type { EditOptions } from '../commands/price-edit.ts';
import { FORMATS } from '../surroundings.ts';

export function addPrices(program: Tree, running: Running): void {
  const price = program
    .command('price')
    .description('the price book: prices, contracts, what they mean for money')
    .helpCommand(false);
  addReading(price, running);
  addDeciding(price, running);
  addMeaning(price, running);
}

interface ListOptions extends GlobalOptions {
  readonly provider?: string;
  readonly model?: string;
  readonly at?: string;
}

function addReading(price: Tree, running: Running): void {
  filed(price.command('list'), [
    "setpoint price list --model 'gpt-4o*'",
    'setpoint price list --provider anthropic --format csv',
  ])
    .description('list the prices in force')
    .option('--provider <name>', 'of one provider')
    .option('--model <pattern>', 'of one model; * matches any run of characters')
    .option('--at <date>', 'that hold on a date; default: now')
    .action(async (options: ListOptions) => {
      const { runPriceList } = await import('../commands/price.ts');
      running.finish(await runPriceList(running.command(options), listAsk(options)));
    });
  filed(price.command('show'), [
    'setpoint price show',
    'setpoint price show genai-prices-0.1.8+1a2b3c4d --model gpt-4o',
  ])
    .description('list the published versions, or the prices of one: what a line was priced by')
    .argument('[version]', 'price version of a line or receipt')
    .option('--provider <name>', 'of one provider')
    .option('--model <pattern>', 'of one model; * matches any run of characters')
    .option('--at <date>', 'that hold on a date; default: now')
    .action(async (version: string | undefined, options: ListOptions) => {
      const { runPriceList, runPriceVersions } = await import('../commands/price.ts');
      const command = running.command(options);
      running.finish(
        version === undefined
          ? await runPriceVersions(command)
          : await runPriceList(command, { ...listAsk(options), version }),
      );
    });
  shared(price.command('history'), ['setpoint price history', 'setpoint price history openai/gpt-4o --json'])
    .description('list what was decided about prices, by whom and why')
    .argument('[model]', 'provider/model')
    .action(async (model: string | undefined, options: GlobalOptions) => {
      const { runPriceHistory } = await import('../commands/price.ts');
      running.finish(await runPriceHistory(running.command(options), model));
    });
  shared(price.command('check'), ['setpoint price check', 'setpoint price check --json'])
    .description('find unpriced models in use, a stale source, contracts that end, announced changes')
    .action(async (options: GlobalOptions) => {
      const { runPriceCheck } = await import('../commands/price-money.ts');
      running.finish(await runPriceCheck(running.command(options)));
    });
}

function listAsk({ provider, model, at }: ListOptions) {
  return {
    ...(provider !== undefined && { provider }),
    ...(model !== undefined && { model }),
    ...(at !== undefined && { at: at.includes('T') ? at : `${at}T00:00:00Z` }),
  };
}

/** The options that say a price. */
function edited(command: Tree): Tree {
  return command
    .option('--input <dollars>', 'per million input tokens')
    .option('--output-price <dollars>', 'per million output tokens, beside a format in --output')
    .option('--cache-read <dollars>', 'per million tokens read from the cache')
    .option('--cache-write <dollars>', 'per million tokens written to the cache')
    .option('--rate <bucket=dollars>', 'any other bucket; may be repeated', collect)
    .option('--percent-off <percent>', 'discount off list')
    .option('--multiplier <times>', 'multiple of list')
    .option('--above <tokens>', 'only for requests with more input tokens')
    .option('--from <date>', 'holds from; default: now')
    .option('--until <date>', 'holds until, exclusive')
    .option('--team <name>', 'only for calls of a team')
    .option('--account <name>', 'only for calls that an account pays')
    .option('--region <name>', 'only for calls served from a region')
    .option('--tier <name>', 'only for answers of a service tier')
    .option('--list', 'the provider’s public price, not an agreed one');
}

function addDeciding(price: Tree, running: Running): void {
  const set = shared(
    price.command('set'),
    [
      'setpoint price set openai/gpt-4o --input 2.5 --output 10 --from 2026-12-01 --reason "price list of December"',
      "setpoint price set 'anthropic/*' --percent-off 15 --account acme-prod --until 2027-12-01 --reason 'contract 4711'",
      'setpoint price set openai/gpt-4o --input 2 --team CX --reason "committed rate" --dry-run',
    ],
    outputOption(),
  );
  edited(set)
    .description('decide a price: rates or a discount, for everybody, a team or an account')
    .argument('<model>', 'provider/model; * matches any run of characters')
    .requiredOption('--reason <words>', 'why; kept for ever')
    .option('--supersedes <id>', 'the decision that this one ends')
    .option('--confirm <words>', 'why a suspicious price is meant')
    .option('--dry-run', 'judge it and show its money; decide nothing')
    .action(async (model: string, options: Editing) => {
      const { runPriceSet } = await import('../commands/price-edit.ts');
      running.finish(await runPriceSet(running.command(formatOf(options)), model, options));
    });
  shared(price.command('withdraw'), ['setpoint price withdraw p_0123456789ab --reason "contract ended"'])
    .description('let a decided price hold no longer; what was priced by it stays')
    .argument('<id>', 'from "setpoint price history"')
    .requiredOption('--reason <words>', 'why; kept for ever')
    .option('--from <date>', 'from when; default: now')
    .action(async (id: string, options: GlobalOptions & { reason: string; from?: string }) => {
      const { runPriceWithdraw } = await import('../commands/price-edit.ts');
      running.finish(await runPriceWithdraw(running.command(options), id, options));
    });
  shared(price.command('restore'), ['setpoint price restore p_0123456789ab --reason "withdrawn by mistake"'])
    .description('let a withdrawn price hold again, from now on, as it was decided')
    .argument('<id>', 'of the price, from "setpoint price history"')
    .requiredOption('--reason <words>', 'why; kept for ever')
    .action(async (id: string, options: GlobalOptions & { reason: string }) => {
      const { runPriceRestore } = await import('../commands/price-edit.ts');
      running.finish(await runPriceRestore(running.command(options), id, options));
    });
  shared(price.command('import'), [
    'setpoint price import contract.csv --reason "contract 4711, annex B"',
    'setpoint price import annex.csv --column provider=Vendor --column model=SKU --column input="Input $/M" --reason "annex B" --dry-run',
  ])
    .description('decide all prices of a sheet (CSV), or none')
    .argument(
      '<file>',
      'columns: provider, model, input, output, any bucket, percentOff, from, until, team, account',
    )
    .option('--column <field=column>', 'the sheet’s name of a field; may be repeated', collect)
    .requiredOption('--reason <words>', 'why; kept for ever')
    .option('--confirm <words>', 'why suspicious prices are meant')
    .option('--dry-run', 'judge it; decide nothing')
    .action(
      async (
        file: string,
        options: GlobalOptions & { reason: string; column?: string[]; confirm?: string; dryRun?: boolean },
      ) => {
        const { runPriceImport } = await import('../commands/price-edit.ts');
        running.finish(await runPriceImport(running.command(options), file, options));
      },
    );
}

/** Where a price is said, `--output 10` is the price of output; a word is the format of printing, as everywhere. */
function outputOption(): Option {
  return new Option(
    '--output <dollars>',
    'per million output tokens; or how to print: table, json, csv, ndjson, md',
  ).argParser((text: string) => {
    if (isPrice(text) || (FORMATS as readonly string[]).includes(text)) return text;
    throw new InvalidArgumentError(`It must be a price, or one of ${FORMATS.join(', ')}.`);
  });
}

/** Of a command that has files, any other word is the file to write. */
function fileOption(): Option {
  return new Option(
    '--output <dollars, format or file>',
    `per million output tokens; or how to print (${FORMATS.join(', ')}), or the file to write`,
  );
}

function formatOf(options: Editing): GlobalOptions {
  const { output, ...rest } = options;
  return output === undefined || isPrice(output) ? rest : { ...rest, output };
}

type Editing = Omit<GlobalOptions, 'output'> & EditOptions;

interface MeaningOptions extends Editing {
  readonly during?: string;
  readonly by?: string;
  readonly where?: string[];
  readonly timeZone?: string;
  readonly version?: string;
  readonly draft?: string;
  readonly map?: string[];
  readonly apply?: boolean;
  readonly all?: boolean;
}

function addMeaning(price: Tree, running: Running): void {
  const diff = shared(
    price.command('diff'),
    [
      'setpoint price diff genai-prices-0.1.8+1a2b3c4d',
      'setpoint price diff --draft openai/gpt-4o --input 2 --output 8',
    ],
    outputOption(),
  );
  edited(diff)
    .description(
      'compare two versions of the book, or a draft with the book in force, with the spend they concern',
    )
    .argument('[from]', 'version; default: in force')
    .argument('[to]', 'version; default: in force')
    .option('--draft <model>', 'a price that is not decided: provider/model, with the options of "price set"')
    .option('--all', 'show buckets that only follow another too')
    .action(async (from: string | undefined, to: string | undefined, options: MeaningOptions) => {
      const { runPriceDiff } = await import('../commands/price-money.ts');
      running.finish(await runPriceDiff(running.command(formatOf(options)), { ...options, from, to }));
    });
  const whatIf = shared(
    price.command('what-if'),
    [
      'setpoint price what-if --during last-month --draft openai/gpt-4o --input 2 --output 8 --by team',
      'setpoint price what-if --map openai/gpt-4o=anthropic/claude-sonnet-5 --by workflow',
      'setpoint price what-if --version genai-prices-0.1.8+1a2b3c4d --during 2026-10 --format csv',
    ],
    fileOption(),
  );
  edited(whatIf)
    .addOption(fileFormatOption())
    .description('price a past span with another version, a draft or other models; nothing is posted')
    .option('--during <period>', 'this-month, last-month, 30d, 2026-03 …')
    .option('--by <dimensions>', 'group by; default: provider,model')
    .option('--where <condition>', 'dimension=value or dimension!=value; may be repeated', collect)
    .option('--time-zone <name>', 'IANA time zone')
    .option('--version <version>', 'another version of the book')
    .option('--draft <model>', 'a price that is not decided: provider/model, with the options of "price set"')
    .option('--map <from=to>', 'provider/model=provider/model; may be repeated', collect)
    .action(async (options: MeaningOptions) => {
      const { runWhatIf } = await import('../commands/price-money.ts');
      running.finish(await runWhatIf(running.command(formatOf(options)), options));
    });
  shared(price.command('reprice'), [
    'setpoint price reprice --during this-month',
    'setpoint price reprice --during this-month --apply',
  ])
    .description(
      'find lines of open months that cost another amount now; with --apply, correct them by lines',
    )
    .option('--during <period>', 'open months only', 'this-month')
    .option('--version <version>', 'price by another version')
    .option('--time-zone <name>', 'IANA time zone')
    .option('--apply', 'post the correcting lines')
    .action(async (options: MeaningOptions) => {
      const { runReprice } = await import('../commands/price-money.ts');
      running.finish(await runReprice(running.command(formatOf(options)), options));
    });
}
