/** `setpoint invoice …`: statements, their reconciliation with the ledger, and closed months. */
import type { Command as Tree } from 'commander';
import { Option } from 'commander';

import type { ImportAsk, NewReconciliation } from '../../api/contract/invoices.ts';
import { filed, shared } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';

const KINDS = [
  'openai-costs',
  'openai-usage',
  'anthropic-cost',
  'anthropic-usage',
  'azure-focus',
  'azure-cost',
  'aws-cur',
  'aws-focus',
  'google-billing',
  'google-focus',
  'focus',
  'csv',
] as const;

interface ImportOptions extends GlobalOptions {
  readonly from: ImportAsk['from'];
  readonly mapping?: string;
  readonly invoice?: string;
  readonly month?: string;
  readonly replace?: boolean;
  readonly add?: boolean;
}

interface ReconcileOptions extends GlobalOptions {
  readonly month: string;
  readonly provider?: string;
  readonly source?: NewReconciliation['source'];
  readonly simulated?: boolean;
}

export function addInvoices(program: Tree, running: Running): void {
  const invoice = program
    .command('invoice')
    .description('statements of providers, and the ledger that equals them')
    .helpCommand(false);
  addImport(invoice, running);
  addReading(invoice, running);
  addReconcile(invoice, running);
}

function addImport(invoice: Tree, running: Running): void {
  shared(invoice.command('import'), [
    'setpoint invoice import costs.json --from openai-costs',
    'setpoint invoice import cur.csv --from aws-cur --invoice INV-2026-10 --month 2026-10',
    'setpoint invoice import vendor.csv --from csv --mapping vendor.mapping.json',
  ])
    .description('import a statement, whole or not at all; the same file twice is nothing new')
    .argument('<file>', 'the statement')
    .addOption(new Option('--from <kind>', 'what the file is').choices([...KINDS]).makeOptionMandatory())
    .option('--mapping <file>', 'of csv: which column is which field (JSON)')
    .option('--invoice <id>', 'the invoice that its lines are on')
    .option('--month <month>', 'the month that every line must be of: 2026-10')
    .option('--replace', 'it stands in for the earlier import of the same days')
    .option('--add', 'it is another part beside the earlier import of the same days')
    .action(
      async (
        file: string,
        { from, mapping, invoice: id, month, replace, add, ...options }: ImportOptions,
      ) => {
        const { runInvoiceImport } = await import('../commands/invoice.ts');
        const overlap: ImportAsk['overlap'] = replace === true ? 'replace' : add === true ? 'add' : undefined;
        const ask: ImportAsk = {
          from,
          ...(id !== undefined && { invoice: id }),
          ...(month !== undefined && { month }),
          ...(overlap && { overlap }),
        };
        running.finish(await runInvoiceImport(running.command(options), file, mapping, ask));
      },
    );
}

function addReading(invoice: Tree, running: Running): void {
  shared(invoice.command('list'), ['setpoint invoice list', 'setpoint invoice list --json'])
    .description('list imported statements and reconciliations')
    .action(async (options: GlobalOptions) => {
      const { runInvoiceList } = await import('../commands/invoice.ts');
      running.finish(await runInvoiceList(running.command(options)));
    });
  filed(invoice.command('show'), [
    'setpoint invoice show 4f1c…',
    'setpoint invoice show rec-2026-10-1a2b3c4d5e6f --keys',
    'setpoint invoice show rec-2026-10-1a2b3c4d5e6f --keys --show price-drift --output keys.csv',
  ])
    .description('show a statement line by line, or a reconciliation from ledger to invoice')
    .argument('<id>', 'from "setpoint invoice list"')
    .option('--keys', 'of a reconciliation: every key that differs, with its arithmetic')
    .option('--show <cause or state>', 'with --keys: only those, such as price-drift or estimated')
    .action(
      async (id: string, { keys, show, ...options }: GlobalOptions & { keys?: boolean; show?: string }) => {
        const { runInvoiceShow } = await import('../commands/invoice.ts');
        running.finish(await runInvoiceShow(running.command(options), id, { keys: keys === true, show }));
      },
    );
}

function addReconcile(invoice: Tree, running: Running): void {
  shared(invoice.command('reconcile'), [
    'setpoint invoice reconcile --month 2026-10',
    'setpoint invoice reconcile --month 2026-10 --provider openai --json',
  ])
    .description('compare a month of the ledger with its statements and name every difference; posts nothing')
    .requiredOption('--month <month>', '2026-10')
    .option('--provider <name>', 'only this one')
    .addOption(
      new Option('--source <kind>', 'whose costs count, where several statements state them').choices([
        ...KINDS,
      ]),
    )
    .option('--simulated', 'count simulated calls too')
    .action(async ({ month, provider, source, simulated, ...options }: ReconcileOptions) => {
      const { runInvoiceReconcile } = await import('../commands/invoice.ts');
      const ask = {
        month,
        ...(provider !== undefined && { provider }),
        ...(source !== undefined && { source }),
        ...(simulated === true && { simulated }),
      };
      running.finish(await runInvoiceReconcile(running.command(options), ask));
    });
  shared(invoice.command('apply'), [
    'setpoint invoice apply rec-2026-10-1a2b3c4d5e6f --preview',
    'setpoint invoice apply rec-2026-10-1a2b3c4d5e6f',
  ])
    .description('post the corrections of a reconciliation, exactly once')
    .argument('<id>', 'from "setpoint invoice reconcile"')
    .option('--preview', 'show the lines and post nothing')
    .option('--final', 'also correct what is only late on the statement')
    .action(
      async (
        id: string,
        { preview, final, ...options }: GlobalOptions & { preview?: boolean; final?: boolean },
      ) => {
        const { runInvoiceApply } = await import('../commands/invoice.ts');
        running.finish(
          await runInvoiceApply(running.command(options), id, {
            preview: preview === true,
            final: final === true,
          }),
        );
      },
    );
  shared(invoice.command('close'), ['setpoint invoice close --month 2026-10'])
    .description('lock a month; later corrections are booked in an open month, for it')
    .requiredOption('--month <month>', '2026-10')
    .action(async ({ month, ...options }: GlobalOptions & { month: string }) => {
      const { runInvoiceClose } = await import('../commands/invoice.ts');
      running.finish(await runInvoiceClose(running.command(options), month));
    });
}
