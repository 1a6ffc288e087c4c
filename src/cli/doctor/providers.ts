/** The doctor on providers: who can serve, who lacks a credential, whom the network lets through to. */
import { readFileSync } from 'node:fs';

import { describeProviders, readSecrets, secretName } from '../../operate/operate.ts';
import type { Settings } from '../../operate/operate.ts';
import { resolveBySystem } from '../../gateway/egress/connector.ts';
import { sealedHere } from '../offline.ts';
import type { Command } from '../surroundings.ts';
import { addressCheck, addressFindings } from './addresses.ts';
import { fine } from './finding.ts';
import type { Finding } from './finding.ts';

/** Credentials, and whether the network lets a gateway through to each provider. */
export async function examineProviders(command: Command, settings: Settings): Promise<Finding[]> {
  const { environment } = command.around;
  const sealed = await sealedHere(command);
  const { secrets } = readSecrets({
    settings,
    environment,
    readFile: (path) => readFileSync(path, 'utf8'),
    ...(sealed !== undefined && { sealed }),
  });
  const views = describeProviders(settings, secrets);
  const findings = views.map(({ name, dialect, baseUrl, credential, serving, simulated }): Finding => {
    const check = `provider ${name} (${dialect})`;
    if (serving)
      return fine(check, simulated ? 'simulated answers, no money' : `${baseUrl}, credential ${credential}`);
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
    const closed = sealed?.problems.find(({ path }) => path === secretName({ name, dialect }));
    return {
      check,
      state: 'warning',
      detail: closed?.message ?? 'no credential, so it is not used',
      money:
        'Calls for its models are refused, or go to another provider that serves them; nothing is charged for a refusal.',
      fix: closed === undefined ? fix : `Give it again: setpoint provider key set ${name}`,
    };
  });
  const addresses = await addressFindings(
    settings,
    ({ name, dialect }) =>
      views.some((view) => view.name === name && view.dialect === dialect && view.serving),
    command.around.resolve ?? resolveBySystem,
  );
  findings.push(...addresses);
  // What the gateway does not call is not called to see whether it could be.
  const refused = new Set(addresses.filter(({ state }) => state === 'failure').map(({ check }) => check));
  const origins = new Set(
    views
      .filter(({ serving, simulated }) => serving && !simulated)
      .filter((view) => !refused.has(addressCheck(view)))
      .map(({ baseUrl }) => new URL(baseUrl).origin),
  );
  findings.push(...(await Promise.all([...origins].map((origin) => egress(command, origin)))));
  if (views.some(({ serving }) => serving)) return findings;
  return [
    ...findings,
    {
      check: 'providers',
      state: 'failure',
      detail: 'none can serve',
      money: 'Every call is refused and costs nothing.',
      fix: 'Set a provider key, or simulator.enabled to auto.',
    },
  ];
}

const EGRESS_MS = 4_000;

/** Any answer will do: without a credential nothing is asked of a model and nothing is charged. */
async function egress(command: Command, origin: string): Promise<Finding> {
  const check = `egress ${new URL(origin).host}`;
  try {
    const signal = AbortSignal.timeout(EGRESS_MS);
    const response = await (command.around.fetch ?? fetch)(origin, {
      method: 'HEAD',
      redirect: 'manual',
      signal,
    });
    return fine(check, `reached, status ${response.status}`);
  } catch (error) {
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return {
      check,
      state: 'warning',
      detail: `not reached from here: ${cause}`,
      money: 'Calls to it fail after the connect limit; what never reached it is not charged.',
      fix: 'Let the gateway’s machine through to it (firewall, DNS, proxy), or take the provider out.',
    };
  }
}
