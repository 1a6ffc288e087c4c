/**
 * The rulebook: everything the gateway obeys, compiled by control into one numbered, frozen snapshot.
 * The gateway reads no settings, no registry and no clock of control's; it swaps one rulebook for the next by reference.
 */
import { openPriceBook } from '../prices/prices.ts';
import type { PriceBook, PriceBookData } from '../prices/prices.ts';
import { openAttribution } from './attribution-rules.ts';
import type { AttributionMatcher, AttributionRule } from './attribution-rules.ts';
import { openKeys } from './keys.ts';
import type { KeyFinding, KeyRule } from './keys.ts';
import { sealProviders, unsealProviders } from './sealed.ts';
import type { Sealed } from './sealed.ts';
import type { SealKey } from '../secrets/secrets.ts';
import { DEFAULT_OVERLOAD } from './resilience.ts';
import type { BreakerRule, OverloadRule, RetryRule } from './resilience.ts';
import type { BudgetRule } from './budget-rules.ts';

export { beyond, contradictions, KEY_LIMITS, KEY_USES, matchesName, mayName, usesOf } from './key-scope.ts';
export type { KeyLimit, KeyScope, KeyUse } from './key-scope.ts';
export type { KeyFinding, KeyRule } from './keys.ts';
export {
  compileRule,
  headerTag,
  inOrder,
  OWNER_FIELDS,
  RULE_SIGNS,
  ruleName,
  setByRule,
  tagOf,
  valueMatcher,
} from './attribution-rules.ts';
export type {
  AttributionMatcher,
  AttributionRule,
  CallSigns,
  Owner,
  OwnerField,
  RuleCondition,
  RuleHours,
  RuleSign,
} from './attribution-rules.ts';

export { AUTHORITY_LOSS, BUDGET_MODES, BUDGET_PERIODS, BUDGET_SCOPES, BUDGET_UNITS } from './budget-rules.ts';
export type {
  AuthorityLoss,
  BudgetAction,
  BudgetMode,
  BudgetRule,
  BudgetScope,
  BudgetScopeKind,
  BudgetThreshold,
  BudgetUnit,
  BudgetWindow,
} from './budget-rules.ts';

export { DEFAULT_BREAKER, DEFAULT_OVERLOAD, DEFAULT_RETRIES } from './resilience.ts';
export type { BreakerRule, OverloadRule, RetryRule } from './resilience.ts';

/** What to do with an upstream whose client has gone. `drain` reads on to the usage report (capped); `cancel` closes it at once. */
export type ClientGonePolicy = 'drain' | 'cancel';

/** The APIs that providers speak. A provider that speaks two is two rules of one name. */
export const DIALECTS = ['openai', 'anthropic', 'google', 'azure', 'bedrock'] as const;
export type Dialect = (typeof DIALECTS)[number];

export interface ProviderRule {
  readonly name: string;
  readonly dialect: Dialect;
  /** Without a trailing slash; includes the version: `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** The provider's credential, or undefined where none is needed. Lives in memory; on disk it is sealed (`sealed.ts`). */
  readonly secret: string | undefined;
  /** Model names it serves; `*` matches any run of characters. */
  readonly models: readonly string[];
  /** Aliases: requested model → the provider's model. */
  readonly aliases: Readonly<Record<string, string>>;
  /** The provider's name in the price book. */
  readonly priceProvider: string;
  /** Everything it answers is marked simulated and kept out of totals of money spent. */
  readonly simulated: boolean;
  readonly onClientGone: ClientGonePolicy;
  /** Ask OpenAI-compatible streams for usage. `never` for servers that refuse the field. */
  readonly streamUsage: 'ask' | 'never';
  /** Extra headers, for example an organisation. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Private addresses that may be called for it, as ranges (`10.1.0.0/16`) or `loopback`. Absent: none but the very
   * loopback address that the base URL may name.
   */
  readonly allowPrivate?: readonly string[];
  /** Header that carries the credential as it is, where it is not the dialect's own (`api-key` for Azure's `/openai/v1`). */
  readonly keyHeader?: string;
  /** The account, project or subscription that pays; the finest key of most invoices. */
  readonly account?: string;
  /** The cloud region that serves, where the provider has regions. */
  readonly region?: string;
  /**
   * What its opaque names run (Azure deployments, Bedrock ARNs), by the name that is asked of the provider.
   * Capacity bought by the hour is `provisioned`: a call that it serves has no marginal cost.
   */
  readonly deployments?: Readonly<Record<string, DeploymentRule>>;
  /** Absent: the gateway's defaults. */
  readonly retries?: RetryRule;
  readonly breaker?: BreakerRule;
  /** Who is asked when it fails: a pattern of its models → `provider` or `provider/model` of the same dialect, in order. */
  readonly fallbacks?: Readonly<Record<string, readonly string[]>>;
}

export interface DeploymentRule {
  /** The model's name in the price book; empty: the one that the answer names. */
  readonly model: string;
  readonly mode: 'standard' | 'provisioned';
}

export interface WorkflowRule {
  readonly name: string;
  readonly team: string;
  /** Marks of retrieved text in this workflow's prompts. */
  readonly retrievalDelimiters: ReadonlyArray<readonly [open: string, close: string]>;
}

export interface Limits {
  readonly bodyBytes: number;
  /** Files and forms, which pass through without being held. */
  readonly uploadBytes: number;
  readonly jsonDepth: number;
  /** Keys of one JSON object. */
  readonly jsonKeys: number;
  readonly messages: number;
  readonly tagCount: number;
  readonly tagLength: number;
  readonly upstreamHeadersMs: number;
  readonly upstreamIdleMs: number;
  readonly upstreamConnectMs: number;
  /** Connections of clients that one worker holds; more are closed at once. Read at start. */
  readonly connections: number;
  /** How long a JSON body may take to arrive. */
  readonly clientBodyMs: number;
  /** How fast a body must arrive, on average after its first ten seconds. */
  readonly clientSendBytesPerSecond: number;
  /** How long a client may leave bytes unread before its connection is cut. */
  readonly clientStallMs: number;
  /** How fast a client must read what waits for it, on average; for more than 256 KiB that wait, after their first 30 s. */
  readonly clientReadBytesPerSecond: number;
  readonly drainMs: number;
  readonly drainsAtOnce: number;
  /** The limit on output tokens that is written into a call that states none, where a hard budget must bound it. */
  readonly unstatedOutputTokens: number;
  /** How long a call waits for calls under way to give back what they reserved, before it is refused. */
  readonly budgetWaitMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  bodyBytes: 10 * 1024 * 1024,
  uploadBytes: 512 * 1024 * 1024,
  jsonDepth: 64,
  jsonKeys: 10_000,
  messages: 4_000,
  tagCount: 32,
  tagLength: 256,
  upstreamHeadersMs: 120_000,
  upstreamIdleMs: 60_000,
  upstreamConnectMs: 3_000,
  connections: 8_192,
  clientBodyMs: 60_000,
  clientSendBytesPerSecond: 8_192,
  clientStallMs: 120_000,
  clientReadBytesPerSecond: 65_536,
  drainMs: 60_000,
  drainsAtOnce: 64,
  unstatedOutputTokens: 16_384,
  budgetWaitMs: 10_000,
};

/** The snapshot as control compiles it and the gateway opens it; on disk its credentials are sealed. */
export interface RulebookData {
  readonly version: number;
  readonly publishedAtMs: number;
  /** Calls without a key are served (no key exists yet and the gateway listens on loopback only). */
  readonly unkeyed: boolean;
  /** A client may send its own provider key, which is passed on and never stored. */
  readonly passThroughKeys: boolean;
  readonly providers: readonly ProviderRule[];
  readonly keys: readonly KeyRule[];
  readonly workflows: readonly WorkflowRule[];
  readonly limits: Limits;
  readonly prices: PriceBookData;
  /** Who caused calls that do not say; those in force, in any order. Absent: none. */
  readonly attributionRules?: readonly AttributionRule[];
  /** Lower-case names of headers that are kept as tags `header.<name>`, beside the program's own name. */
  readonly attributionHeaders?: readonly string[];
  /** Those in force, in any order. Absent: none. */
  readonly budgets?: readonly BudgetRule[];
  /** For each budget, by its id, the first rulebook since which it has counted the same calls without a gap. */
  readonly budgetsSince?: Readonly<Record<string, number>>;
  /** Hex key of fingerprints, random per installation; absent: no fingerprints are taken. */
  readonly fingerprintKey?: string;
  /** Absent: the defaults. */
  readonly overload?: OverloadRule;
}

/** The snapshot as it lies on disk. */
export type RulebookFileData = Omit<RulebookData, 'providers'> & {
  readonly providers: ReadonlyArray<Sealed<ProviderRule>>;
};

/** @param key undefined only where no provider has a credential. @throws Error when one has and there is no key. */
export function sealRulebook(
  data: RulebookData,
  key: SealKey | undefined,
  randomBytes: (count: number) => Uint8Array,
): RulebookFileData {
  return { ...data, providers: sealProviders(data, key, randomBytes) };
}

/** The snapshot for whoever sends nothing to a provider. */
export function withoutSecrets(file: RulebookFileData): RulebookData {
  const providers = file.providers.map((provider) => {
    const { sealed: _, ...rule } = provider;
    return { ...rule, secret: undefined };
  });
  return { ...file, providers };
}

/** @throws SealBroken when a credential does not open: then the rulebook before stays in force. */
export function unsealRulebook(file: RulebookFileData, keys: readonly SealKey[]): RulebookData {
  return { ...file, providers: unsealProviders<ProviderRule>(file, keys) };
}

export interface Route {
  readonly provider: ProviderRule;
  /** The model to ask of the provider. */
  readonly model: string;
}

export interface Rulebook {
  readonly version: number;
  readonly unkeyed: boolean;
  readonly passThroughKeys: boolean;
  readonly providers: readonly ProviderRule[];
  readonly limits: Limits;
  readonly overload: OverloadRule;
  readonly prices: PriceBook;
  /** Undefined when there are no rules, so that a call without an owner costs nothing to leave alone. */
  readonly attribution: AttributionMatcher | undefined;
  readonly attributionHeaders: readonly string[];
  /** Empty when there are none, so that a call without a budget costs nothing to admit. */
  readonly budgets: readonly BudgetRule[];
  /** For each budget, by its id, the first rulebook since which it has counted the same calls without a gap. */
  readonly budgetsSince: Readonly<Record<string, number>>;
  readonly fingerprintKey: string;
  findKey(secret: string, atMs: number): KeyFinding;
  findWorkflow(name: string): WorkflowRule | undefined;
  /** First provider of the dialect, in order, that serves the model; `provider/model` names one outright. */
  route(dialect: Dialect, model: string): Route | undefined;
  /** Who is asked when a route fails, in order. */
  fallbacks(route: Route): readonly Route[];
  /** The provider of a request that names no model: the one that is named, or else the dialect's first. */
  providerOf(dialect: Dialect, name: string): ProviderRule | undefined;
}

/** Opens a snapshot for use. Pure: the same data gives the same answers. */
export function openRulebook(data: RulebookData): Rulebook {
  const workflows = new Map(data.workflows.map((workflow) => [workflow.name, workflow]));
  const routes = new Map<string, Route | undefined>();
  const patterns = data.providers.map((provider) => provider.models.map(modelPattern));

  function findRoute(dialect: Dialect, model: string): Route | undefined {
    const slash = model.indexOf('/');
    if (slash > 0) {
      const named = data.providers.find(
        (one) => one.name === model.slice(0, slash) && one.dialect === dialect,
      );
      if (named) return toRoute(named, model.slice(slash + 1));
    }
    const index = data.providers.findIndex(
      (provider, at) =>
        provider.dialect === dialect &&
        (model in provider.aliases || (patterns[at] ?? []).some((pattern) => pattern.test(model))),
    );
    const provider = data.providers[index];
    return provider && toRoute(provider, model);
  }

  return Object.freeze({
    version: data.version,
    unkeyed: data.unkeyed,
    passThroughKeys: data.passThroughKeys,
    providers: data.providers,
    limits: { ...DEFAULT_LIMITS, ...data.limits }, // a rulebook of an earlier version may know fewer
    overload: data.overload ?? DEFAULT_OVERLOAD,
    prices: openPriceBook(data.prices),
    attribution: openAttribution(
      data.attributionRules ?? [],
      (workflow) => workflows.get(workflow)?.team ?? '',
    ),
    attributionHeaders: data.attributionHeaders ?? [],
    budgets: data.budgets ?? NO_BUDGETS,
    budgetsSince: data.budgetsSince ?? {},
    fingerprintKey: data.fingerprintKey ?? '',
    findKey: openKeys(data.keys),
    findWorkflow: (name: string) => workflows.get(name),
    fallbacks: (failed: Route) => fallbacksOf(failed, data.providers),
    providerOf: (dialect: Dialect, name: string) =>
      data.providers.find((one) => one.dialect === dialect && (name === '' || one.name === name)),
    route(dialect: Dialect, model: string): Route | undefined {
      const id = `${dialect} ${model}`;
      if (routes.has(id)) return routes.get(id);
      const route = findRoute(dialect, model);
      if (routes.size < ROUTES_REMEMBERED) routes.set(id, route); // a stream of invented names must not grow memory
      return route;
    },
  });
}

const ROUTES_REMEMBERED = 10_000;
const NO_BUDGETS: readonly BudgetRule[] = [];

function toRoute(provider: ProviderRule, model: string): Route {
  return { provider, model: provider.aliases[model] ?? model };
}

function fallbacksOf({ provider, model }: Route, providers: readonly ProviderRule[]): Route[] {
  for (const [pattern, targets] of Object.entries(provider.fallbacks ?? {})) {
    if (!modelPattern(pattern).test(model)) continue;
    return targets.flatMap((target) => {
      const [name, asked] = splitTarget(target);
      const other = providers.find((one) => one.name === name && one.dialect === provider.dialect);
      return other === undefined ? [] : [toRoute(other, asked ?? model)];
    });
  }
  return [];
}

/** `provider` or `provider/model`; a model's name may have slashes of its own. */
export function splitTarget(target: string): [provider: string, model: string | undefined] {
  const slash = target.indexOf('/');
  return slash === -1 ? [target, undefined] : [target.slice(0, slash), target.slice(slash + 1)];
}

function modelPattern(text: string): RegExp {
  const escaped = text.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${escaped}$`, 's');
}
