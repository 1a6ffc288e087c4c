/** `setpoint provider list`, `route list`, `worker list` and `call try`: the gateway as the web app shows it. */
import type { GatewayStanding, TryAsk, TryBound } from '../../api/contract/gateway.ts';
import { countText, durationText, NONE, shareText } from '../../units/figures.ts';
import { CliError, EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { renderCsv, renderMarkdown, renderTable } from '../table.ts';
import type { Sheet } from '../table.ts';

export async function runProviderList(command: Command): Promise<number> {
  const client = await command.client();
  const [standing, { providers }] = await Promise.all([client.gateway(), client.providers()]);
  const rows = providers.map((provider) => {
    const health = standing.health?.find(
      (one) =>
        one.provider === provider.name &&
        one.simulated === provider.simulated &&
        one.family === (provider.dialect === 'azure' ? 'openai' : provider.dialect),
    );
    return {
      ...provider,
      health: health ?? null,
      broken: (standing.workers ?? []).flatMap(({ brokenRoutes }) =>
        brokenRoutes.filter(
          (route) => route.provider === provider.name && route.dialect === provider.dialect,
        ),
      ).length,
    };
  });
  const sheet: Sheet = {
    columns: columns(
      'Provider',
      'Dialect',
      'Serves',
      'Credential',
      '>Attempts',
      '>Failed',
      '>p50',
      '>p95',
      'First byte',
      'Breaker',
    ),
    rows: rows.map(({ name, dialect, serving, credential, health, broken }) => [
      name,
      dialect,
      serving ? 'yes' : 'no',
      credential,
      countText(health?.attempts ?? 0),
      health === null ? NONE : shareText(health.failedShare, 1),
      durationText(health?.durationP50Ms),
      durationText(health?.durationP95Ms),
      durationText(health?.firstByteP50Ms),
      broken === 0 ? 'closed' : `open for ${broken}`,
    ]),
  };
  return show(command, { sentence: standing.sentence, rows, sheet, whole: { ...standing, providers } });
}

export async function runRouteList(command: Command): Promise<number> {
  const standing = await (await command.client()).gateway();
  const sheet: Sheet = {
    columns: columns('Dialect', 'Model', 'Provider', 'Asks it for', 'When it fails'),
    rows: standing.routes.map(({ dialect, model, provider, asks, fallbacks }) => [
      dialect,
      model,
      provider,
      asks || 'the same name',
      fallbacks.join(', ') || NONE,
    ]),
  };
  return show(command, {
    sentence:
      'The first route of the dialect that knows the model takes the call; provider/model names one outright.',
    rows: standing.routes,
    sheet,
    whole: standing.routes,
  });
}

export async function runWorkerList(command: Command): Promise<number> {
  const standing = await (await command.client()).gateway();
  const workers = standing.workers ?? [];
  const sheet: Sheet = {
    columns: columns(
      'Process',
      '>PID',
      'State',
      '>Under way',
      '>Rulebook',
      'Journal',
      'Overload',
      '>Busy',
      'Started',
    ),
    rows: workers.map((worker) => [
      worker.name,
      `${worker.pid}`,
      worker.state,
      countText(worker.inFlight),
      worker.obeysNewest === false ? `${worker.rulebook}, not the newest` : `${worker.rulebook}`,
      worker.journal,
      worker.overload,
      shareText(worker.busyShare),
      worker.startedAt,
    ]),
  };
  return show(command, { sentence: standing.sentence, rows: workers, sheet, whole: standing.workers });
}

export interface TryOptions {
  readonly provider?: string;
  readonly dialect?: string;
  readonly system?: string;
  readonly maxTokens?: number;
  readonly workflow?: string;
  readonly team?: string;
  readonly dry?: boolean;
}

/** Says what it costs at most before it is sent; a call that costs money needs `--pay`. */
export async function runCallTry(
  command: Command,
  [model, message]: readonly [string, string],
  options: TryOptions & { readonly pay?: boolean },
): Promise<number> {
  const client = await command.client();
  const ask = await askOf(await client.gateway(), { model, message, options });
  const bound = await client.boundTry(ask);
  command.say(bound.words);
  if (options.dry === true) return printBound(command, bound);
  if (!bound.simulated && options.pay !== true)
    throw new CliError('Nothing was sent. Say --pay to send a call that costs money.', EXIT.usage);
  const answer = await client.tryCall(ask);
  command.print(command.format === 'json' ? JSON.stringify(answer, null, 2) : answer.text || answer.body);
  command.say(
    answer.call === ''
      ? `Status ${answer.status}: the gateway refused it before it was a call. Nothing was charged.`
      : `Status ${answer.status}. Its receipt: setpoint call show ${answer.call}`,
  );
  return answer.status < 400 ? EXIT.ok : EXIT.failure;
}

function printBound(command: Command, bound: TryBound): number {
  if (command.format === 'json') command.print(JSON.stringify(bound, null, 2));
  else command.print(bound.cost === null ? 'unknown' : bound.cost);
  return EXIT.ok;
}

/** The first provider that serves a dialect that this can send, unless one is named. */
async function askOf(
  standing: GatewayStanding,
  { model, message, options }: { model: string; message: string; options: TryOptions },
): Promise<TryAsk> {
  const { provider, dialect, system, maxTokens, workflow, team } = options;
  const route = standing.routes.find(
    (one) =>
      (one.dialect === 'openai' || one.dialect === 'anthropic') &&
      (provider === undefined || one.provider === provider) &&
      (dialect === undefined || one.dialect === dialect),
  );
  if (route === undefined)
    throw new CliError(
      'No such provider of the dialect openai or anthropic serves now, so nothing was sent. "setpoint provider list" shows those that do.',
    );
  return {
    provider: route.provider,
    dialect: route.dialect === 'anthropic' ? 'anthropic' : 'openai',
    model,
    message,
    ...(system !== undefined && { system }),
    ...(maxTokens !== undefined && { maxOutputTokens: maxTokens }),
    ...(workflow !== undefined && { workflow }),
    ...(team !== undefined && { team }),
  };
}

/** A header that begins with `>` is of a column of figures. */
function columns(...headers: readonly string[]): Sheet['columns'] {
  return headers.map((header) =>
    header.startsWith('>')
      ? { header: header.slice(1), align: 'right' as const }
      : { header, align: 'left' as const },
  );
}

interface Shown {
  readonly sentence: string;
  readonly rows: readonly unknown[];
  readonly sheet: Sheet;
  readonly whole: unknown;
}

function show(command: Command, { sentence, rows, sheet, whole }: Shown): number {
  switch (command.format) {
    case 'json':
      command.print(JSON.stringify(whole, null, 2));
      break;
    case 'ndjson':
      command.print(rows.map((row) => JSON.stringify(row)).join('\n'));
      break;
    case 'csv':
      command.print(renderCsv([sheet.columns.map(({ header }) => header), ...sheet.rows]));
      break;
    case 'md':
      command.print(renderMarkdown(sheet));
      break;
    default:
      command.say(sentence);
      command.print(renderTable(sheet, command.style));
  }
  return EXIT.ok;
}
