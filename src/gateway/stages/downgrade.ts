/** Downgrade: the same call to a cheaper model, because a budget's threshold says so. */
import type { Intent } from '../call.ts';
import { replaceModel } from '../wires/edit.ts';
import { billingOf } from './billing.ts';
import type { IntendedCall } from './intend.ts';

/**
 * @returns the call and its intent with the route of the other model; undefined where no provider of the dialect
 * serves it, or the model is not named by the body (then its path could not be asked for either).
 */
export function downgraded<Call extends IntendedCall>(
  call: Call,
  intent: Intent,
  model: string,
): { readonly call: Call; readonly intent: Intent } | undefined {
  const { rulebook, wire, target, path, query, bytes, upload } = call;
  const route = rulebook.route(wire.dialect, model);
  if (route === undefined || upload !== undefined || target.body !== 'json') return undefined;
  const billing = billingOf({ wire, target, route, path, query });
  const { priceModel: _former, ...rest } = intent;
  return {
    call: {
      ...call,
      route,
      billing,
      bytes: target.model === '' ? replaceModel(bytes, route.model) : bytes,
    },
    intent: {
      ...rest,
      provider: route.provider.name,
      priceProvider: route.provider.priceProvider,
      model: route.model,
      simulated: route.provider.simulated,
      account: billing.account ?? intent.account ?? '',
      region: billing.region ?? '',
      ...(billing.model !== undefined && { priceModel: billing.model }),
    },
  };
}
