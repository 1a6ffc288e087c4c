/**
 * Billing: who pays for a call, where it is served, by whose prices, and whether capacity that was bought ahead serves it.
 * Said by settings first, then by the path and the model's name, then by the answer.
 */
import type { Route } from '../../rulebook/rulebook.ts';
import type { Billing, CarriedResult, Meter, Reading, Target, Wire } from '../wires/wire.ts';

export interface CallBilling extends Billing {
  /** The name that is asked for is an alias, so the answer's own name is the model's, where nothing else says it. */
  readonly byReturned: boolean;
}

export interface BillingAsk {
  readonly wire: Wire;
  readonly target: Target;
  readonly route: Route;
  readonly path: string;
  readonly query: string;
}

export function billingOf({ wire, target, route, path, query }: BillingAsk): CallBilling {
  const { provider, model } = route;
  const said = wire.billing?.({ path, query, target, model, provider }) ?? NOTHING;
  const { account, region } = provider;
  const deployment =
    provider.deployments !== undefined && Object.hasOwn(provider.deployments, model)
      ? provider.deployments[model]
      : undefined;
  return {
    ...said,
    ...(account !== undefined && { account }),
    ...(region !== undefined && { region }),
    ...(deployment !== undefined && { provisioned: deployment.mode === 'provisioned' }),
    ...(deployment !== undefined && deployment.model !== '' && { model: deployment.model }),
    byReturned: provider.dialect === 'azure' || provider.priceProvider === 'azure',
  };
}

const NOTHING: Billing = {};

/** The tier by which a call is priced before anything came back. */
export function presumedTier({ provisioned }: Billing): string {
  return provisioned === true ? PROVISIONED : '';
}

const PROVISIONED = 'provisioned';
/** Azure names the deployment that was full; the header's exact name has changed, its words have not. */
const SPILLOVER = /^x-ms-.*spill/;

/** A meter whose reading knows what only billing knows. Nothing to know: the meter itself. */
export function billedMeter(meter: Meter, billing: CallBilling): Meter {
  const { byReturned, geo, provisioned } = billing;
  if (!byReturned && geo === undefined && provisioned !== true) return meter;
  return new BilledMeter(meter, billing);
}

class BilledMeter implements Meter {
  readonly #inner: Meter;
  readonly #billing: CallBilling;
  #spillover = '';

  constructor(inner: Meter, billing: CallBilling) {
    this.#inner = inner;
    this.#billing = billing;
  }

  get ended(): boolean {
    return this.#inner.ended;
  }

  headers(headers: Readonly<Record<string, string | string[] | undefined>>): void {
    this.#inner.headers?.(headers);
    if (this.#billing.provisioned !== true) return;
    for (const name in headers) {
      const value = headers[name];
      if (SPILLOVER.test(name) && typeof value === 'string' && !/^(|0|false|no)$/i.test(value.trim()))
        this.#spillover = value.trim().slice(0, 128);
    }
  }

  body(...[json]: Parameters<Meter['body']>): void {
    this.#inner.body(json);
  }

  bytes(chunk: Buffer | undefined): void {
    this.#inner.bytes?.(chunk);
  }

  carried(): CarriedResult[] {
    return this.#inner.carried?.() ?? [];
  }

  event(data: string): boolean {
    return this.#inner.event(data);
  }

  reading(): Reading {
    const reading = this.#inner.reading();
    const { byReturned, geo, provisioned, model } = this.#billing;
    const priceModel =
      model ?? (byReturned && reading.modelReturned !== '' ? reading.modelReturned : undefined);
    return {
      ...reading,
      geo: reading.geo || (geo ?? ''),
      ...(priceModel !== undefined && { priceModel }),
      ...(provisioned === true && this.#served(reading)),
    };
  }

  /** Requests that capacity had no room for are served at list price, by a deployment of the standard kind. */
  #served(reading: Reading): Pick<Reading, 'serviceTier' | 'parts'> {
    const { serviceTier, parts } = reading;
    if (this.#spillover === '') return { serviceTier: PROVISIONED, parts };
    const flag = `spillover of provisioned capacity (${this.#spillover}): charged as pay-as-you-go`;
    return {
      serviceTier,
      parts: parts.map((part) => ({ ...part, flag: part.flag === '' ? flag : `${part.flag}; ${flag}` })),
    };
  }
}
