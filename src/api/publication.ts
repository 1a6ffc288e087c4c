/** Telling the gateways of a decision. */
import type { ApiParts } from './parts.ts';

/** The decision stands in the registry already; a failure here must not hide it, or a new key's only secret. */
export async function tryPublish(parts: ApiParts, requestId: string): Promise<boolean> {
  try {
    await parts.publish();
    return true;
  } catch (error) {
    parts.onTrouble?.({ requestId, error });
    return false;
  }
}
