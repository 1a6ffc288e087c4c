/**
 * Ledger = invoice: calls of every manner through a gateway, the provider's own book beside what was recorded, and the
 * invoice that the provider would write, to the picodollar.
 */
import { startGatewayAlone } from '../e2e/gateway-alone.ts';
import type { ProviderRule } from '../../src/rulebook/rulebook.ts';
import type { Settlement } from '../../src/gateway/gateway.ts';
import { startBookedProvider } from './booked-provider.ts';
import type { BookEntry } from './booked-provider.ts';
import { compare, makeCall } from './kills.ts';
import type { ClientCall, Differences, Line } from './kills.ts';

export interface Manner {
  readonly stream: boolean;
  readonly words: string;
  /** The client leaves after the first bytes. */
  readonly leaves?: boolean;
}

export interface Equality extends Differences {
  readonly calls: number;
  readonly attempts: number;
  /** Requests that reached the provider: as many as there are attempts. */
  readonly booked: number;
  /** Picodollars of answers that told their usage: by the provider's list, and by the ledger. */
  readonly invoiced: bigint;
  readonly charged: bigint;
  readonly presumed: number;
  readonly counted: number;
  readonly faults: readonly unknown[];
}

/** The list price of gpt-4o in the seed book, picodollars a token: 2.50 and 10 dollars a million. */
const INPUT_PICODOLLARS = 2_500_000n;
const OUTPUT_PICODOLLARS = 10_000_000n;

const AT_ONCE = 8;

export async function playCalls(
  manners: readonly Manner[],
  rule: Partial<ProviderRule> = {},
  /** How long the gateway waits for bytes. A busy machine stands still for longer than a short form wants to wait for a hang. */
  patienceMs = 700,
): Promise<Equality> {
  const provider = await startBookedProvider();
  const gateway = await startGatewayAlone({
    provider: (_request, response) => void response.destroy(),
    providers: [
      {
        name: 'openai',
        dialect: 'openai',
        models: ['gpt-*'],
        priceProvider: 'openai',
        baseUrl: provider.baseUrl,
        breaker: { failures: 0, pauseMs: 1_000 },
        ...rule,
      },
    ],
    limits: { upstreamHeadersMs: patienceMs, upstreamIdleMs: patienceMs, drainsAtOnce: 1_000 },
    chance: () => 0,
  });
  const calls: ClientCall[] = [];
  const left = [...manners.entries()];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [index, manner] = next;
        const call: ClientCall = {
          name: `n${index}`,
          call: '',
          status: 0,
          isAcknowledged: false,
          responseId: '',
        };
        calls.push(call);
        await (manner.leaves === true ? leave(gateway.url, call, manner) : make(gateway.url, call, manner));
      }
    }),
  );
  await gateway.settled(gateway.intents.length);
  await gateway.stop();
  await provider.close();
  return {
    calls: calls.length,
    faults: gateway.faults,
    ...account(calls, provider.book, gateway.settlements),
  };
}

function make(url: string, call: ClientCall, { stream, words }: Manner): Promise<void> {
  return makeCall(url, call, stream, words).catch(() => undefined);
}

/** Reads the first bytes and closes the connection. */
async function leave(url: string, call: ClientCall, { stream, words }: Manner): Promise<void> {
  const gone = new AbortController();
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-setpoint-request': call.name },
    body: JSON.stringify({
      model: 'gpt-4o',
      stream,
      user: `${call.name} ${words}`,
      messages: [{ role: 'user', content: 'how much?' }],
    }),
    signal: gone.signal,
  });
  await answer.body?.getReader().read();
  gone.abort();
}

function account(
  calls: readonly ClientCall[],
  book: readonly BookEntry[],
  settlements: readonly Settlement[],
): Omit<Equality, 'calls' | 'faults'> {
  const lines = settlements.flatMap(linesOf);
  const reported = new Set(
    lines.filter(({ basis }) => basis === 'reported').map(({ responseId }) => responseId),
  );
  let invoiced = 0n;
  for (const entry of book) {
    if (!entry.isReported) continue;
    invoiced +=
      BigInt(entry.inputTokens) * INPUT_PICODOLLARS + BigInt(entry.outputTokens) * OUTPUT_PICODOLLARS;
  }
  let charged = 0n;
  for (const { charges } of settlements) {
    for (const { basis, cost } of charges)
      if (basis === 'reported' && cost.kind === 'priced') charged += cost.total;
  }
  const differences = compare(calls, book, lines);
  const untold = book.filter(({ isReported, responseId }) => isReported && !reported.has(responseId));
  return {
    ...differences,
    different: [...differences.different, ...untold.map(({ responseId }) => responseId)],
    attempts: settlements.length,
    booked: book.length,
    invoiced,
    charged,
    presumed: lines.filter(({ basis }) => basis === 'presumed').length,
    counted: lines.filter(({ basis }) => basis === 'counted').length,
  };
}

function linesOf({ intent, status, responseId, charges }: Settlement): Line[] {
  return charges.map(({ part, basis, usage }) => ({
    id: `${intent.attempt} ${part}`,
    call: intent.call,
    attempt: intent.attempt,
    leg: 'settle',
    part,
    request: intent.attribution.request,
    status,
    basis,
    responseId,
    inputTokens: usage.freshIn ?? 0,
    outputTokens: usage.textOut ?? 0,
    cost: null,
  }));
}
