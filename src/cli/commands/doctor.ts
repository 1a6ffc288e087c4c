/** `setpoint doctor`: what works, what does not, what it means for the money, and the fix. Reads only. */
import { isLoopback, loadSettings } from '../../operate/operate.ts';
import type { Settings } from '../../operate/operate.ts';
import { examineData } from '../doctor/data.ts';
import type { Finding } from '../doctor/finding.ts';
import { examineProviders } from '../doctor/providers.ts';
import { examineServers } from '../doctor/servers.ts';
import { EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';

const MARKS = {
  unicode: { ok: '✓', warning: '!', failure: '✗' },
  ascii: { ok: 'ok', warning: '!', failure: 'x' },
} as const;
/** Node releases that carry the security fixes of their line. */
const SAFE_RELEASES: Readonly<Record<number, readonly [minor: number, patch: number]>> = {
  22: [23, 4],
  24: [22, 1],
  26: [12, 1],
};

export async function runDoctor(command: Command): Promise<number> {
  const findings = await examine(command);
  if (command.format === 'table' || command.format === 'md') {
    for (const { check, state, detail, money, fix } of findings) {
      command.print(
        [`${MARKS[command.style.drawing][state]} ${check}: ${detail}`, ...[money, fix].filter(Boolean)].join(
          '\n    ',
        ),
      );
    }
  } else {
    command.print(JSON.stringify(findings));
  }
  return findings.some(({ state }) => state === 'failure') ? EXIT.failure : EXIT.ok;
}

async function examine(command: Command): Promise<Finding[]> {
  const { environment, workingDirectory } = command.around;
  const check = loadSettings({ config: command.config, workingDirectory, environment, flags: {} });
  const runtime = runtimeFinding(process.versions.node);
  if (check.kind === 'problems') {
    return [
      runtime,
      ...check.problems.map(({ path, message }) => ({
        check: 'settings',
        state: 'failure' as const,
        detail: `${path}: ${message}`,
        money:
          'A running system goes on with its former settings; none can be started or reloaded with these.',
        fix: 'Correct it; nothing starts with these settings.',
      })),
    ];
  }
  const { settings } = check;
  const place = check.file ?? 'built in; there is no setpoint.yaml here';
  return [
    runtime,
    { check: 'settings', state: 'ok', detail: place, money: '', fix: '' },
    ...accessFindings(command, settings),
    ...(await examineData(command, settings)),
    ...(await examineProviders(command, settings)),
    ...(await examineServers(command, settings)),
  ];
}

/** Whether this Node has the fixes of its line. */
export function runtimeFinding(version: string): Finding {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const [safeMinor, safePatch] = SAFE_RELEASES[major] ?? [0, 0];
  if (major < 22 || (major === 22 && minor < 18))
    return {
      check: 'Node',
      state: 'failure',
      detail: version,
      money: 'Nothing runs with it.',
      fix: 'Install Node 24.',
    };
  if (minor > safeMinor || (minor === safeMinor && patch >= safePatch))
    return { check: 'Node', state: 'ok', detail: version, money: '', fix: '' };
  return {
    check: 'Node',
    state: 'warning',
    detail: `${version} lacks security fixes of ${major}.${safeMinor}.${safePatch}`,
    money: 'Calls and sums are right; a hostile provider could attack the gateway.',
    fix: `Run a newer Node ${major} where the network can reach the gateway.`,
  };
}

/** What would keep the API from starting, or let more people in than meant. */
function accessFindings(command: Command, settings: Settings): Finding[] {
  const token = command.around.environment['SETPOINT_ADMIN_TOKEN'] ?? '';
  if (isLoopback(settings.api.listen.host) || token.length >= 16) return [];
  return [
    {
      check: 'access',
      state: 'failure',
      detail: `the API listens on ${settings.api.listen.host} and no login protects it`,
      money: 'It does not start so. Gateways serve by the last rulebook; figures cannot be asked.',
      fix: 'Set SETPOINT_ADMIN_TOKEN (at least 16 characters), or listen on 127.0.0.1.',
    },
  ];
}
