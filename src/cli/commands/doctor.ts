/** `setpoint doctor`: what works, what does not, and the fix. Reads only. */
import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { dataFiles, describeProviders, loadSettings, readSecrets } from '../../operate/operate.ts';
import type { Settings } from '../../operate/operate.ts';
import { EXIT } from '../surroundings.ts';
import type { Command } from '../surroundings.ts';
import { postgresFinding } from './doctor-registry.ts';

interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'failure';
  readonly detail: string;
  /** What to do; empty when nothing. */
  readonly fix: string;
}

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
    for (const { check, state, detail, fix } of findings) {
      command.print(
        `${MARKS[command.style.drawing][state]} ${check}: ${detail}${fix === '' ? '' : `\n    ${fix}`}`,
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
        fix: 'Correct it; nothing starts with these settings.',
      })),
    ];
  }
  const { settings } = check;
  const place = check.file ?? 'built in; there is no setpoint.yaml here';
  return [
    runtime,
    { check: 'settings', state: 'ok', detail: place, fix: '' },
    await dataFinding(command, settings),
    ...(settings.registry === undefined ? [] : [await postgresFinding(command, settings.registry)]),
    ...providerFindings(command, settings),
    await gatewayFinding(command, settings),
    ...(await serverFindings(command)),
  ];
}

/** Whether this Node has the fixes of its line. */
export function runtimeFinding(version: string): Finding {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const [safeMinor, safePatch] = SAFE_RELEASES[major] ?? [0, 0];
  if (major < 22 || (major === 22 && minor < 18))
    return { check: 'Node', state: 'failure', detail: version, fix: 'Install Node 24.' };
  if (minor > safeMinor || (minor === safeMinor && patch >= safePatch))
    return { check: 'Node', state: 'ok', detail: version, fix: '' };
  return {
    check: 'Node',
    state: 'warning',
    detail: `${version} lacks security fixes of ${major}.${safeMinor}.${safePatch}`,
    fix: `Run a newer Node ${major} where the network can reach the gateway.`,
  };
}

async function dataFinding(command: Command, settings: Settings): Promise<Finding> {
  const directory = resolve(command.around.workingDirectory, settings.data);
  let there = directory;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  try {
    accessSync(there, constants.W_OK);
  } catch {
    return {
      check: 'data',
      state: 'failure',
      detail: `${there} cannot be written`,
      fix: 'Give this user the right to write there, or set data to another directory.',
    };
  }
  const { registry: file } = dataFiles(directory);
  if (settings.registry !== undefined || !existsSync(file))
    return {
      check: 'data',
      state: 'ok',
      detail: settings.registry === undefined ? `${directory} (nothing kept yet)` : directory,
      fix: '',
    };
  const { openRegistry } = await import('../../registry/registry.ts');
  const registry = await openRegistry({ file, nowMs: command.around.nowMs, randomBytes });
  try {
    const verdict = await registry.verifyAudit();
    if (verdict.kind === 'intact')
      return {
        check: 'data',
        state: 'ok',
        detail: `${directory}, registry level ${registry.level}, audit chain of ${verdict.entries} intact`,
        fix: '',
      };
    return {
      check: 'data',
      state: 'failure',
      detail: `the audit chain is broken at ${verdict.seq}: ${verdict.reason}`,
      fix: 'Someone changed the registry beside Setpoint. Compare it with a backup.',
    };
  } finally {
    await registry.close();
  }
}

function providerFindings(command: Command, settings: Settings): Finding[] {
  const { environment } = command.around;
  const { secrets } = readSecrets({ settings, environment, readFile: (path) => readFileSync(path, 'utf8') });
  const views = describeProviders(settings, secrets);
  const findings = views.map(({ name, dialect, baseUrl, credential, serving, simulated }): Finding => {
    const check = `provider ${name} (${dialect})`;
    if (serving)
      return {
        check,
        state: 'ok',
        detail: simulated ? 'simulated answers, no money' : `${baseUrl}, credential ${credential}`,
        fix: '',
      };
    const { key } = settings.providers.find((one) => one.name === name && one.dialect === dialect) ?? {
      key: { kind: 'none' as const },
    };
    const fix =
      key.kind === 'env'
        ? `Set ${key.name} to use it.`
        : key.kind === 'file'
          ? `Put its key into ${key.path} to use it.`
          : key.kind === 'aws'
            ? 'Set every part of its access key to use it.'
            : '';
    return { check, state: 'warning', detail: 'no credential, so it is not used', fix };
  });
  if (views.some(({ serving }) => serving)) return findings;
  return [
    ...findings,
    {
      check: 'providers',
      state: 'failure',
      detail: 'none can serve',
      fix: 'Set a provider key, or simulator.enabled to auto.',
    },
  ];
}

async function gatewayFinding(command: Command, settings: Settings): Promise<Finding> {
  const { host, port } = settings.gateway.listen;
  const url = `http://${host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`;
  try {
    const response = await (command.around.fetch ?? fetch)(`${url}/healthz`, {
      signal: AbortSignal.timeout(2_000),
    });
    await response.body?.cancel();
    if (response.ok) return { check: 'gateway', state: 'ok', detail: `${url} answers`, fix: '' };
    return {
      check: 'gateway',
      state: 'failure',
      detail: `${url} answers ${response.status}`,
      fix: 'Something else may listen there; set gateway.listen to another port.',
    };
  } catch {
    return {
      check: 'gateway',
      state: 'warning',
      detail: `${url} does not answer`,
      fix: 'Start it with "setpoint up".',
    };
  }
}

async function serverFindings(command: Command): Promise<Finding[]> {
  const client = await command.client();
  try {
    const { parts } = await client.health();
    const findings = parts.map(({ name, ready, detail }): Finding => ({
      check: name,
      state: ready ? 'ok' : 'failure',
      detail: ready ? 'ready' : detail,
      fix: '',
    }));
    const { rows, priceBookVersion, total } = await client.ledger({
      of: ['calls', 'unpricedCalls'],
      by: ['provider', 'model'],
      during: '30d',
    });
    const unpriced = rows
      .filter(({ figures }) => (figures.unpricedCalls ?? 0) > 0)
      .map(({ group }) => group.join('/'));
    return [
      ...findings,
      {
        check: 'calls of 30 days',
        state: 'ok',
        detail: `${total.calls ?? 0}, ${priceBookVersion === '' ? 'none priced' : `price book ${priceBookVersion}`}`,
        fix: '',
      },
      ...(unpriced.length === 0
        ? []
        : [
            {
              check: 'prices',
              state: 'warning' as const,
              detail: `no price for ${unpriced.join(', ')}`,
              fix: 'Set one under prices.overrides in setpoint.yaml; until then their cost is unknown.',
            },
          ]),
    ];
  } catch (error) {
    const unreachable = error instanceof Error && error.name === 'ApiUnreachable';
    return [
      {
        check: 'server',
        state: unreachable ? 'warning' : 'failure',
        detail: error instanceof Error ? error.message : String(error),
        fix: '',
      },
    ];
  }
}
