/** The doctor on what runs: supervisor, gateway, API, and what they say of themselves. */
import type { ApiClient } from '../../api/client.ts';
import type { HealthReport } from '../../api/contract/operations.ts';
import type { Settings } from '../../operate/operate.ts';
import { readSupervisorFile } from '../../roles/supervisor-file.ts';
import { bytesText } from '../../units/figures.ts';
import type { Command } from '../surroundings.ts';
import { fine } from './finding.ts';
import type { Finding } from './finding.ts';

const ANSWER_MS = 3_000;

export async function examineServers(command: Command, settings: Settings): Promise<Finding[]> {
  return [
    ...supervisorFindings(command, settings),
    await gatewayFinding(command, settings),
    ...(await apiFindings(command)),
  ];
}

function supervisorFindings(command: Command, settings: Settings): Finding[] {
  const found = readSupervisorFile(settings.data, command.around.nowMs());
  if (found === undefined) return [];
  const { pid } = found.owner;
  const { state, words, at } = found.reload;
  if (state !== 'refused' && state !== 'failed')
    return [fine('supervisor', `process ${pid} since ${found.startedAt}`)];
  return [
    {
      check: 'supervisor',
      state: 'warning',
      detail: `process ${pid}: the reload of ${at} was ${state}. ${words}`,
      money: 'Calls are served by the settings of before it.',
      fix: 'Correct the settings, then "setpoint reload".',
    },
  ];
}

interface Readiness {
  readonly status?: string;
  readonly refusing?: ReadonlyArray<{ readonly reason: string; readonly detail: string }>;
}

async function gatewayFinding(command: Command, settings: Settings): Promise<Finding> {
  const { host, port } = settings.gateway.listen;
  const url = `http://${host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`;
  let response: Response;
  try {
    response = await (command.around.fetch ?? fetch)(`${url}/readyz`, {
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError';
    return {
      check: 'gateway',
      state: late ? 'failure' : 'warning',
      detail: `${url} does not answer${late ? ` within ${ANSWER_MS / 1_000} s, but something listens there` : ''}`,
      money: 'No call goes through it now; nothing is charged.',
      fix: late ? 'Look at its log; end the process if it hangs.' : 'Start it with "setpoint up".',
    };
  }
  const readiness = (await response.json().catch(() => undefined)) as Readiness | undefined;
  if (readiness?.status === undefined)
    return {
      check: 'gateway',
      state: 'failure',
      detail: `${url} answers ${response.status}, and not as a gateway does`,
      money:
        'A gateway cannot start there; calls to that address do not reach Setpoint and are not recorded.',
      fix: 'Something else listens there. Stop it, or set gateway.listen to another port.',
    };
  if (response.ok) return fine('gateway', `${url} takes calls`);
  const why = readiness.refusing?.map(({ detail }) => detail).join(' ') ?? '';
  return {
    check: 'gateway',
    state: 'failure',
    detail: `${url} is ${readiness.status}. ${why}`,
    money: 'New calls are refused and cost nothing; calls under way are finished and recorded.',
    fix:
      readiness.status === 'draining'
        ? 'It is stopping; wait for its end.'
        : 'Do what it says; it takes calls again by itself.',
  };
}

async function apiFindings(command: Command): Promise<Finding[]> {
  const client = await command.client();
  try {
    const { parts } = await client.health();
    const findings = parts.map(({ name, ready, detail }): Finding =>
      ready
        ? fine(name, 'ready')
        : {
            check: name,
            state: 'failure',
            detail,
            money: 'Calls go on; what it says of figures holds.',
            fix: 'Do what it says, then look again.',
          },
    );
    return [...findings, ...(await reportFindings(client)), ...(await callFindings(client))];
  } catch (error) {
    const unreachable = error instanceof Error && error.name === 'ApiUnreachable';
    return [
      {
        check: 'server',
        state: unreachable ? 'warning' : 'failure',
        detail: error instanceof Error ? error.message : String(error),
        money:
          'Gateways serve without it by the last rulebook and record what they serve; figures cannot be asked.',
        fix: unreachable ? 'Start it with "setpoint up", or "setpoint control".' : 'Look at its log.',
      },
    ];
  }
}

/** A server of an earlier version has no report; that is no finding. */
async function reportFindings(client: ApiClient): Promise<Finding[]> {
  let report: HealthReport;
  try {
    report = await client.healthReport();
  } catch {
    return [];
  }
  const { ledger, disk } = report;
  return [
    ...(ledger === null
      ? []
      : [
          fine(
            'lag',
            `${ledger.lines} lines; answers are complete until ${ledger.completeUntil}, ${Math.round(ledger.lagSeconds)} s ago, and ${ledger.backlogFrames} frames wait`,
          ),
        ]),
    ...(await spoolFindings(client, disk)),
  ];
}

/** An intent and a settlement with all their columns take about half of this; the rest is for long tags and names. */
const BYTES_PER_LINE = 3_000;
const HOURS = 24;

/** Whether journals could hold a day of calls at the rate of the busiest hour, should the ledger be away so long. */
async function spoolFindings(client: ApiClient, disk: HealthReport['disk']): Promise<Finding[]> {
  if (disk === null) return [];
  const { rows } = await client.ledger({ of: ['lines'], by: ['hour'], during: '24h', simulated: 'include' });
  const busiest = rows.reduce((most, { figures }) => Math.max(most, figures.lines ?? 0), 0);
  const needed = busiest * HOURS * BYTES_PER_LINE;
  const words = `${bytesText(disk.freeBytes)} free; a day of journals at the rate of the busiest hour takes ${bytesText(needed)}`;
  if (disk.freeBytes >= needed) return [fine('spool', words)];
  return [
    {
      check: 'spool',
      state: 'warning',
      detail: words,
      money:
        'If the ledger were away for a day, gateways would have to refuse calls before its end. No call would be lost.',
      fix: 'Make room where the data are, or put them on a larger disk.',
    },
  ];
}

async function callFindings(client: ApiClient): Promise<Finding[]> {
  const { rows, priceBookVersion, total } = await client.ledger({
    of: ['calls', 'unpricedCalls'],
    by: ['provider', 'model'],
    during: '30d',
  });
  const unpriced = rows
    .filter(({ figures }) => (figures.unpricedCalls ?? 0) > 0)
    .map(({ group }) => group.join('/'));
  const version = priceBookVersion === '' ? 'none priced' : `price book ${priceBookVersion}`;
  return [
    fine('calls of 30 days', `${total.calls ?? 0}, ${version}`),
    ...(unpriced.length === 0
      ? []
      : [
          {
            check: 'prices',
            state: 'warning' as const,
            detail: `no price for ${unpriced.join(', ')}`,
            money: 'Their cost is unknown and in no sum.',
            fix: 'Set one with "setpoint price set", or under prices.overrides in setpoint.yaml.',
          },
        ]),
  ];
}
