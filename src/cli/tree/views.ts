/** `setpoint view …` */
import type { Command as Tree } from 'commander';

import type { SaveOptions } from '../commands/views.ts';
import { shared } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';

const WHICH = 'its name, or its id from "setpoint view list"';

export function addViews(program: Tree, running: Running): void {
  const view = program
    .command('view')
    .description('saved views: pages with their filters, under a name')
    .helpCommand(false);
  addSave(view, running);
  addSeeing(view, running);
  addEnds(view, running);
}

function addSave(view: Tree, running: Running): void {
  shared(view.command('save'), [
    "setpoint view save --name 'CX this month' --link 'spend?during=this-month&by=team&where=team%3DCX'",
    "setpoint view save --name Review --link 'http://127.0.0.1:4001/ledger?by=customer' --note 'Mondays'",
  ])
    .description('save a page under a name; where there is such a view, its next version')
    .requiredOption('--name <text>', 'at most 80 characters')
    .requiredOption(
      '--link <link>',
      'the page’s address, whole or from its path on; relative periods stay so',
    )
    .option('--note <text>', 'what it is for')
    .action(async (options: GlobalOptions & SaveOptions) => {
      const { runViewSave } = await import('../commands/views.ts');
      running.finish(await runViewSave(running.command(options), options));
    });
}

function addSeeing(view: Tree, running: Running): void {
  shared(view.command('list'), ['setpoint view list', 'setpoint view list --json'])
    .description('all saved views, with their links')
    .action(async (options: GlobalOptions) => {
      const { runViewList } = await import('../commands/views.ts');
      running.finish(await runViewList(running.command(options)));
    });
  shared(view.command('show'), [
    "setpoint view show 'CX this month'",
    'setpoint view show Review --output csv',
  ])
    .description('the link of a view, and for one of the spend or ledger page what the ledger answers to it')
    .argument('<view>', WHICH)
    .action(async (which: string, options: GlobalOptions) => {
      const { runViewShow } = await import('../commands/views.ts');
      running.finish(await runViewShow(running.command(options), which));
    });
}

function addEnds(view: Tree, running: Running): void {
  shared(view.command('delete'), ["setpoint view delete 'CX this month'"])
    .description('take a view away; "restore" brings it back')
    .argument('<view>', WHICH)
    .action(async (which: string, options: GlobalOptions) => {
      const { runViewDelete } = await import('../commands/views.ts');
      running.finish(await runViewDelete(running.command(options), which));
    });
  shared(view.command('restore'), ['setpoint view restore 3f2a9c01b4d7'])
    .description('bring back a view that was taken away, as it was')
    .argument('<id>', 'from the words of "setpoint view delete", or the audit chain')
    .action(async (id: string, options: GlobalOptions) => {
      const { runViewRestore } = await import('../commands/views.ts');
      running.finish(await runViewRestore(running.command(options), id));
    });
}
