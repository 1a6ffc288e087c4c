/** What no shape of the settings can say: what is named twice, what is missing, what can never work. */
import { grantsOf, judgeAddress, literalAddress } from '../gateway/egress/addresses.ts';
import { overrideProblems } from '../prices/prices.ts';
import type { PriceOverride } from '../prices/prices.ts';
import { budgetProblems } from './budget-settings.ts';
import type { SettingProblem } from './problems.ts';
import { missingParts, namesOf } from './provider-file.ts';
import { fallbackProblems } from './resilience.ts';
import type { SettingsFile } from './schema.ts';

/** What no shape can say: names used twice, prices that make no sense. */
export function meaningProblems(file: SettingsFile): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const seen = new Set<string>();
  for (const [index, provider] of (file.providers ?? []).entries()) {
    problems.push(
      ...missingParts(provider, `providers[${index}]`),
      ...addressProblems(provider.baseUrl, provider.allowPrivate, `providers[${index}].baseUrl`),
    );
    const { name, dialect } = namesOf(provider);
    if (seen.has(`${name} ${dialect}`))
      problems.push({
        path: `providers[${index}].name`,
        message: `"${name}" is there twice for the ${dialect} dialect`,
      });
    seen.add(`${name} ${dialect}`);
  }
  problems.push(...fallbackProblems((file.providers ?? []).map(namesOf)));
  const collector = file.telemetry?.export;
  problems.push(
    ...addressProblems(collector?.endpoint, collector?.allowPrivate, 'telemetry.export.endpoint'),
  );
  const names = new Set<string>();
  for (const [index, { name }] of (file.workflows ?? []).entries()) {
    if (names.has(name))
      problems.push({ path: `workflows[${index}].name`, message: `"${name}" is there twice` });
    names.add(name);
  }
  for (const [index, override] of (file.prices?.overrides ?? []).entries()) {
    const path = `prices.overrides[${index}]`;
    problems.push(...overrideProblems(override as PriceOverride).map((message) => ({ path, message })));
  }
  problems.push(...budgetProblems(file.budgets ?? [], file.timeZone ?? 'UTC'));
  return problems;
}

/**
 * An address that is written as such and may not be called would refuse every call, so it is said before any is made. What
 * a name resolves to is known only when it is called; `setpoint doctor` looks.
 */
function addressProblems(
  url: string | undefined,
  allowPrivate: readonly string[] | undefined,
  path: string,
): SettingProblem[] {
  const address = url === undefined ? undefined : literalAddress(new URL(url).hostname);
  if (url === undefined || address === undefined) return [];
  const verdict = judgeAddress(address, grantsOf(url, allowPrivate));
  if (verdict.kind === 'allowed') return [];
  const { cidr, holds, grantable } = verdict.range;
  const todo = grantable
    ? `; if it is meant, grant it beside it: allowPrivate: ["${address}"]`
    : address === '0.0.0.0' || address === '::'
      ? '; a server that listens there is called at 127.0.0.1'
      : '; no grant can allow it';
  return [
    { path, message: `${address} lies in ${cidr} (${holds}), which is not called without a grant${todo}` },
  ];
}
