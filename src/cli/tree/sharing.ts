/** `setpoint attribution split …` and `setpoint attribution commitment …` */
import type { Command as Tree } from 'commander';

import type { CommitmentOptions, SplitOptions } from '../commands/sharing.ts';
import { shared, wholeNumber } from '../options.ts';
import type { GlobalOptions, Running } from '../options.ts';

export function addSharing(tree: Tree, running: Running): void {
  const split = tree
    .command('split')
    .description('shared cost, divided among those who share it')
    .helpCommand(false);
  addSplitAdd(split, running);
  addSplitLists(split, running);
  addSplitMonths(split, running);
  addCommitment(tree, running);
}

function addSplitAdd(split: Tree, running: Running): void {
  shared(split.command('add'), [
    'setpoint attribution split add platform --of workflow=platform --by-usage cost --from 2026-09',
    'setpoint attribution split add fee --of amount=1200 --provider openai --even support,sales --from 2026-09',
    'setpoint attribution split add ptu --of commitment=ptu-east --by-usage tokens --from 2026-09',
  ])
    .description('add a split, or the next version of one; it divides nothing until it is applied')
    .argument('<id>', 'lower-case letters, digits and "-"')
    .requiredOption(
      '--of <what>',
      'workflow=<name>, account=<provider>/<account>, amount=<dollars a month>, commitment=<id>',
    )
    .requiredOption('--from <month>', 'the first month, 2026-09')
    .option('--until <month>', 'the last month')
    .option('--provider <name>', 'the provider of a stated amount')
    .option('--account <name>', 'the account of a stated amount')
    .option('--even <workflows>', 'evenly: a,b,c (each workflow, or workflow/team)')
    .option('--weights <weights>', 'by weight: a=3,b=1.5')
    .option('--by-usage <measure>', 'by cost, tokens or calls of the month')
    .option('--among <workflows>', 'with --by-usage: only these')
    .option('--name <text>', 'what people call it')
    .option('--reason <text>', 'why; kept with the decision')
    .action(async (id: string, options: GlobalOptions & SplitOptions) => {
      const { runSplitAdd } = await import('../commands/sharing.ts');
      running.finish(await runSplitAdd(running.command(options), id, options));
    });
}

function addSplitLists(split: Tree, running: Running): void {
  shared(split.command('list'), ['setpoint attribution split list'])
    .description('splits in force')
    .action(async (options: GlobalOptions) => {
      const { runSplitList } = await import('../commands/sharing.ts');
      running.finish(await runSplitList(running.command(options)));
    });
  shared(split.command('allocations'), ['setpoint attribution split allocations --month 2026-09'])
    .description('what splits divided in a month, by which ratios')
    .requiredOption('--month <month>', '2026-09')
    .action(async (options: GlobalOptions & { month: string }) => {
      const { runAllocations } = await import('../commands/sharing.ts');
      running.finish(await runAllocations(running.command(options), options.month));
    });
  shared(split.command('withdraw'), ['setpoint attribution split withdraw platform'])
    .description('withdraw a split; what it divided stays until it is reversed')
    .argument('<id>')
    .action(async (id: string, options: GlobalOptions) => {
      const { runSplitWithdraw } = await import('../commands/sharing.ts');
      running.finish(await runSplitWithdraw(running.command(options), id));
    });
}

function addSplitMonths(split: Tree, running: Running): void {
  const months = [
    ['preview', 'what a split would give to whom; writes nothing'],
    ['reverse', 'take back what a split divided, to the picodollar'],
  ] as const;
  for (const [name, description] of months) {
    shared(split.command(name), [`setpoint attribution split ${name} platform --month 2026-09`])
      .description(description)
      .argument('<id>')
      .requiredOption('--month <month>', '2026-09')
      .action(async (id: string, options: GlobalOptions & { month: string }) => {
        const { runSplitMonth } = await import('../commands/sharing.ts');
        running.finish(await runSplitMonth(running.command(options), name, id, options.month));
      });
  }
  shared(split.command('apply'), ['setpoint attribution split apply platform --during last-month'])
    .description('divide what was not divided yet; again divides only what came since')
    .argument('<id>')
    .option('--during <period>', 'months of it, UTC', 'last-month')
    .action(async (id: string, options: GlobalOptions & { during: string }) => {
      const { runSplitApply } = await import('../commands/sharing.ts');
      running.finish(await runSplitApply(running.command(options), id, options.during));
    });
}

function addCommitment(tree: Tree, running: Running): void {
  const commitment = tree
    .command('commitment')
    .description('capacity that is paid for by the hour, used or not')
    .helpCommand(false);
  shared(commitment.command('add'), [
    'setpoint attribution commitment add ptu-east --provider azure --account east --model gpt-4o --hourly 48 --from 2026-09-01 --tokens-per-hour 90000000',
  ])
    .description('add a commitment, or the next version of one')
    .argument('<id>', 'lower-case letters, digits and "-"')
    .requiredOption('--provider <name>', 'the provider')
    .requiredOption('--hourly <dollars>', 'its cost per hour')
    .requiredOption('--from <instant>', 'since when it is paid, 2026-09-01')
    .option('--until <instant>', 'until when')
    .option('--account <name>', 'the account that pays')
    .option('--model <name>', 'the model or deployment that it is for')
    .option('--tokens-per-hour <count>', 'its capacity; with it, the unused part is known', wholeNumber)
    .option('--monthly', 'one line a month instead of one a day')
    .option('--reason <text>', 'why; kept with the decision')
    .action(async (id: string, options: GlobalOptions & CommitmentOptions) => {
      const { runCommitmentAdd } = await import('../commands/sharing.ts');
      running.finish(await runCommitmentAdd(running.command(options), id, options));
    });
  shared(commitment.command('list'), ['setpoint attribution commitment list'])
    .description('commitments in force')
    .action(async (options: GlobalOptions) => {
      const { runCommitmentList } = await import('../commands/sharing.ts');
      running.finish(await runCommitmentList(running.command(options)));
    });
  shared(commitment.command('post'), ['setpoint attribution commitment post ptu-east --during last-month'])
    .description('post the days or months that are over as lines under "unused"')
    .argument('<id>')
    .option('--during <period>', 'UTC', 'last-month')
    .action(async (id: string, options: GlobalOptions & { during: string }) => {
      const { runCommitmentPost } = await import('../commands/sharing.ts');
      running.finish(await runCommitmentPost(running.command(options), id, options.during));
    });
  shared(commitment.command('withdraw'), ['setpoint attribution commitment withdraw ptu-east'])
    .description('withdraw a commitment; what was posted of it stays')
    .argument('<id>')
    .action(async (id: string, options: GlobalOptions) => {
      const { runCommitmentWithdraw } = await import('../commands/sharing.ts');
      running.finish(await runCommitmentWithdraw(running.command(options), id));
    });
}
