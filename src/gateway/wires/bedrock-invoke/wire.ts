/** Amazon Bedrock's InvokeModel wire, `/model/{id}/invoke` and `/invoke-with-response-stream`: each maker's own bodies. */
import type { Endpoint } from '../../call.ts';
import { baseModel } from '../bedrock-converse/names.ts';
import { BEDROCK } from '../bedrock-converse/wire.ts';
import { decodeName, hasDots } from '../paths.ts';
import type { Wire } from '../wire.ts';
import { createMeter } from './meter.ts';
import { readRequest } from './request.ts';
import { segments } from './segments.ts';

const PATH = /^\/model\/(.+)\/(invoke|invoke-with-response-stream)$/;

export const bedrockInvoke: Wire = {
  ...BEDROCK,
  name: 'bedrock-invoke',
  target(method, path) {
    const match = method === 'POST' && !hasDots(path) ? PATH.exec(path) : null;
    if (match === null) return undefined;
    const model = decodeName(match[1] ?? '');
    return { endpoint: endpointOf(model), model, body: 'json', action: match[2] ?? '' };
  },
  read: readRequest,
  segments,
  meter: createMeter,
};

/** By the maker's naming: only text and embeddings are billed by tokens that could be counted. */
function endpointOf(id: string): Endpoint {
  const model = baseModel(id);
  if (/embed/.test(model)) return 'embeddings';
  if (/^stability\.|image|canvas/.test(model)) return 'images';
  if (/rerank|^amazon\.nova-reel|^luma\.|^twelvelabs\./.test(model)) return 'other';
  return 'inference';
}
