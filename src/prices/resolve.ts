/** Finds what a book says about a provider and a model, and lays it out over time. */
import type {
  DailyWindow,
  ModelPrices,
  PriceBookData,
  PriceOverride,
  PriceRow,
  ProviderPrices,
} from './book.ts';
import { compilePattern, compileRule, normalizeName, spellDates } from './names.ts';
import type { NameTest } from './names.ts';
import { byPrecedence, instantMs } from './overrides.ts';
import { ONE, compileReturnedRules, multipleOf, multiply, parseFraction } from './returned.ts';
import type { CompiledReturnedRule, Fraction } from './returned.ts';
import { compileSchedule } from './schedule.ts';
import type { Layer, Schedule } from './schedule.ts';

/** What is priced, with the words that the provider returned; all in lower case. */
export interface Asked {
  readonly provider: string;
  readonly model: string;
  readonly tier: string;
  readonly geo: string;
  readonly speed: string;
  readonly team: string;
  readonly account: string;
  readonly region: string;
}

/** What one thing costs, and what it would cost at list; the same object where nothing was agreed. */
export interface Priced {
  readonly paid: Schedule;
  readonly list: Schedule;
}

/** A span in which the same prices hold, apart from hours of the day. `undefined`: the model has no price then. */
export interface Epoch {
  readonly fromMs: number;
  readonly priced: Priced | undefined;
  /** The first window that holds goes before `priced`. */
  readonly windows: ReadonlyArray<{ readonly window: DailyWindow; readonly priced: Priced }>;
}

interface CompiledModel {
  readonly prices: ModelPrices;
  readonly fits: NameTest;
}

interface CompiledOverride {
  readonly override: PriceOverride;
  readonly fitsProvider: NameTest;
  readonly fitsModel: NameTest;
  readonly fitsTarget: (asked: Asked) => boolean;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Found {
  readonly provider: ProviderPrices | undefined;
  readonly model: ModelPrices | undefined;
}

export interface Resolver {
  /** The book's provider and model that these names mean. */
  find(provider: string, model: string): Found;
  /** Every span of time with its prices, ascending; undefined when neither list nor an override knows the model. */
  epochs(asked: Asked): readonly Epoch[] | undefined;
}

/** Prepares a book for look-ups; names are compiled once, each provider's when it is first asked for. */
export function openResolver(data: PriceBookData): Resolver {
  const find = openFinder(data.providers ?? []);
  const rules = compileReturnedRules(data.rules ?? []);
  const overrides = (data.overrides ?? []).toSorted(byPrecedence).map(compileOverride);
  return {
    find,
    epochs(asked) {
      const { provider, model } = find(asked.provider, asked.model);
      const names = [asked.model, normalizeName(model?.id ?? asked.model)];
      const providers = [asked.provider, provider?.id ?? asked.provider];
      const laid = overrides.filter(
        (one) => providers.some(one.fitsProvider) && names.some(one.fitsModel) && one.fitsTarget(asked),
      );
      if (!model && laid.length === 0) return undefined;
      const priced = { ...asked, provider: provider?.id ?? asked.provider };
      return layOut({ asked: priced, rows: model?.rows ?? [], laid, rules });
    },
  };
}

/** Whether the tier, team, account and region that an override names, where it names any, are those of the call. */
function targetTest(override: PriceOverride): (asked: Asked) => boolean {
  const named = (['tier', 'team', 'account', 'region'] as const).flatMap((part) => {
    const name = override[part];
    return name === undefined ? [] : [{ part, name: normalizeName(name) }];
  });
  return (asked) => named.every(({ part, name }) => asked[part] === name);
}

function compileOverride(override: PriceOverride): CompiledOverride {
  return {
    override,
    fitsProvider: compilePattern(override.provider),
    fitsModel: compilePattern(override.model),
    fitsTarget: targetTest(override),
    fromMs: instantMs(override.from, -Infinity),
    untilMs: instantMs(override.until, Infinity),
  };
}

function openFinder(providers: readonly ProviderPrices[]): Resolver['find'] {
  const byId = new Map(providers.map((provider) => [provider.id, provider]));
  const aliases = providers.flatMap((provider) =>
    provider.match ? [{ provider, fits: compileRule(provider.match) }] : [],
  );
  const compiled = new Map<ProviderPrices, CompiledModel[]>();
  const modelsOf = (provider: ProviderPrices): CompiledModel[] => {
    const known = compiled.get(provider);
    if (known) return known;
    const fresh = provider.models.map((prices) => ({ prices, fits: compileRule(prices.match) }));
    compiled.set(provider, fresh);
    return fresh;
  };
  const seek = (provider: ProviderPrices, name: string): ModelPrices | undefined =>
    [provider.id, ...(provider.fallbacks ?? [])]
      .flatMap((id) => byId.get(id) ?? [])
      .map((one) => modelsOf(one).find((model) => model.fits(name))?.prices)
      .find((prices) => prices !== undefined);
  return (providerName, modelName) => {
    const asked = normalizeName(providerName);
    const provider = byId.get(asked) ?? aliases.find((alias) => alias.fits(asked))?.provider;
    if (!provider) return { provider: undefined, model: undefined };
    const name = normalizeName(modelName);
    return { provider, model: seek(provider, name) ?? seek(provider, spellDates(name)) };
  };
}

interface Laying {
  readonly asked: Asked;
  readonly rows: readonly PriceRow[];
  readonly laid: readonly CompiledOverride[];
  readonly rules: readonly CompiledReturnedRule[];
}

function layOut(laying: Laying): Epoch[] {
  const starts = new Set<number>([-Infinity]);
  for (const row of laying.rows) starts.add(instantMs(row.from, -Infinity));
  for (const one of laying.laid) starts.add(one.fromMs).add(one.untilMs);
  for (const rule of laying.rules) starts.add(rule.fromMs);
  return [...starts].toSorted((a, b) => a - b).map((fromMs) => epochAt(laying, fromMs));
}

function epochAt({ asked, rows, laid, rules }: Laying, fromMs: number): Epoch {
  const active = laid
    .filter((one) => one.fromMs <= fromMs && fromMs < one.untilMs)
    .map((one) => one.override);
  const returned = returnedTimes(asked, rules, fromMs);
  const publicly = active.filter((override) => override.kind === 'list');
  const agreed = publicly.length < active.length;
  const priced = (row: PriceRow | undefined): Priced => {
    const paid = compileSchedule(layersOf(active, row, returned), asked.model);
    return { paid, list: agreed ? compileSchedule(layersOf(publicly, row, returned), asked.model) : paid };
  };
  const windows: Array<{ window: DailyWindow; priced: Priced }> = [];
  let base = rows[0];
  for (const row of rows.toReversed()) {
    if (instantMs(row.from, -Infinity) > fromMs) continue;
    if (row.daily) windows.push({ window: row.daily, priced: priced(row) });
    else {
      base = row;
      break;
    }
  }
  return { fromMs, priced: base || active.length > 0 ? priced(base) : undefined, windows };
}

interface ReturnedTimes {
  /** By tier, place and speed: for list and for overrides of list. */
  readonly ofList: Fraction | 'unpriced';
  /** By place and speed: for overrides that name the tier. */
  readonly ofTier: Fraction | 'unpriced';
}

function returnedTimes(asked: Asked, rules: readonly CompiledReturnedRule[], atMs: number): ReturnedTimes {
  const { provider, model } = asked;
  const multiple = (dimension: 'tier' | 'geo' | 'speed') =>
    multipleOf(rules, dimension, { provider, model, value: asked[dimension], atMs });
  const ofTier = both(multiple('geo'), multiple('speed'));
  return { ofTier, ofList: both(multiple('tier'), ofTier) };
}

function both(left: Fraction | 'unpriced', right: Fraction | 'unpriced'): Fraction | 'unpriced' {
  return left === 'unpriced' || right === 'unpriced' ? 'unpriced' : multiply(left, right);
}

function layersOf(
  active: readonly PriceOverride[],
  row: PriceRow | undefined,
  returned: ReturnedTimes,
): Layer[] {
  const multipliers = active.filter((override) => override.multiplier !== undefined);
  const ofContract = timesOf(multipliers.find((override) => override.tier === undefined));
  const ofTier = multipliers.find((override) => override.tier !== undefined);
  // A multiple that people set for the returned tier stands in place of the provider's rule for it.
  const ofList = ofTier ? both(timesOf(ofTier), returned.ofTier) : returned.ofList;
  const layers = (kind: 'list' | undefined): Layer[] =>
    active
      .filter((override) => override.rates !== undefined && override.kind === kind)
      .map((override): Layer => ({
        rates: override.rates ?? {},
        above: override.tierThresholdTokens ?? -1,
        tokenTimes: override.tier === undefined ? ofList : returned.ofTier,
        times: kind === 'list' ? ofContract : ONE, // a discount comes off list, never off what was agreed
      }));
  const list = row ? [{ rates: row.rates, above: -1, tokenTimes: ofList, times: ofContract }] : [];
  return [...layers(undefined), ...layers('list'), ...list];
}

function timesOf(override: PriceOverride | undefined): Fraction {
  return override?.multiplier === undefined ? ONE : parseFraction(override.multiplier);
}
