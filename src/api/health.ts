/** What is ready and what is not. A part that does not answer in time is not ready: asking never hangs. */
import type { ApiParts, HealthPart } from './parts.ts';

const ANSWER_MS = 2_000;
/** A drain that is this far behind has stopped, or cannot keep up. */
const LAG_MS = 60_000;

export async function healthParts(parts: ApiParts): Promise<readonly HealthPart[]> {
  return [await ledgerPart(parts), ...(await parts.health())];
}

/** @returns undefined when it fails or does not answer in time. */
export async function within<T>(asked: Promise<T>, ms = ANSWER_MS): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([asked, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

async function ledgerPart({ ledger, now }: ApiParts): Promise<HealthPart> {
  const health = await within(ledger.health());
  if (health === undefined)
    return {
      name: 'ledger',
      ready: false,
      detail:
        'The ledger does not answer. Calls are still served and kept in the journal; it is started again by itself.',
    };
  const { trouble, backlogFrames, completeUntilMs } = health;
  if (trouble !== '') return { name: 'ledger', ready: false, detail: trouble };
  const lagMs = now() - completeUntilMs;
  if (backlogFrames > 0 && lagMs > LAG_MS)
    return {
      name: 'ledger',
      ready: false,
      detail:
        `The ledger is ${Math.round(lagMs / 1_000)} s behind: ${backlogFrames} frames wait in journals. No call is lost, but figures lack them. ` +
        'If this grows, the machine is too busy or its disk too slow.',
    };
  return { name: 'ledger', ready: true, detail: '' };
}
