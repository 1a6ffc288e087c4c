/**
 * What a Bedrock model id says. It is a model (`anthropic.claude-…-v1:0`), an inference profile of some geography
 * (`us.anthropic.claude-…`), or the ARN of either, of an application's profile, or of provisioned capacity.
 */
import type { Billing } from '../wire.ts';

const ARN = /^arn:aws[a-z-]*:(?:bedrock|sagemaker):([a-z0-9-]*):(\d*):([a-z-]+)\/(.+)$/;
/** Geographies of cross-region profiles. Prices differ between `global` and the others, so the price book knows them. */
const GEO = /^(us-gov|us|eu|apac|jp|au|ca|global)\./;

/** Kinds whose ids are opaque: only settings can say which model answers (`deployments`). */
const OPAQUE: ReadonlySet<string> = new Set([
  'application-inference-profile',
  'provisioned-model',
  'imported-model',
  'custom-model',
  'custom-model-deployment',
  'prompt',
  'prompt-router',
  'default-prompt-router',
  'endpoint',
]);

export function readModelId(id: string): Billing {
  const arn = ARN.exec(id);
  if (arn === null) return geoOf(id);
  const [, region = '', account = '', kind = '', name = ''] = arn;
  return {
    ...(account !== '' && { account }),
    ...(region !== '' && { region }),
    ...(kind === 'provisioned-model' && { provisioned: true }),
    ...(!OPAQUE.has(kind) && { model: name, ...geoOf(name) }),
  };
}

function geoOf(name: string): Billing {
  const geo = GEO.exec(name)?.[1];
  return geo === undefined ? {} : { geo };
}

/** The id without its geography, as model makers write it: what families are told by. */
export function baseModel(id: string): string {
  return (ARN.exec(id)?.[4] ?? id).replace(GEO, '');
}
