/** A call in the simulation, through the gateway's own stages: admit, intend, exchange, settle. */
import type { Intent, Settlement } from '../../src/gateway/call.ts';
import type { AdmitCall, Desk } from '../../src/gateway/stages/admit.ts';
import type { ExchangeContext } from '../../src/gateway/stages/exchange-context.ts';
import { makeIntent } from '../../src/gateway/stages/intend.ts';
import { Exchange } from '../../src/gateway/stages/send.ts';
import { recordSettled } from '../../src/gateway/stages/ticket.ts';
import { openaiChat } from '../../src/gateway/wires/openai-chat/wire.ts';
import type { Rulebook } from '../../src/rulebook/rulebook.ts';
import type { Id } from '../../src/units/ids.ts';
import type { Host, Worker } from './host.ts';
import { ClientSide, MODEL, serve } from './provider.ts';
import type { Billed, Fate } from './provider.ts';
import type { Dice, VirtualTime } from './time.ts';

/** What the simulation remembers of the calls, beside what the gateway wrote. */
export interface Witness {
  /** The provider's own book. */
  readonly book: Billed[];
  /** Attempts whose answer the client got to its end. */
  readonly acknowledged: string[];
  readonly intended: string[];
  /** Attempts that the disk refused and may have all the same; where their worker dies before it can say so, they are presumed. */
  readonly doubtful: Set<string>;
  refused: number;
  readonly faults: unknown[];
  readonly settled: Map<string, Settlement>;
}

export interface CallPlan {
  readonly id: Id;
  readonly fate: Fate;
  readonly workflow: string;
  readonly team: string;
  readonly outputLimit: number;
  readonly promptCharacters: number;
}

export interface CallWorld {
  readonly time: VirtualTime;
  readonly dice: Dice;
  readonly rulebook: Rulebook;
  readonly witness: Witness;
  readonly wallMs: () => number;
}

export function place(plan: CallPlan, host: Host, world: CallWorld): void {
  const { worker } = host;
  if (worker === undefined) return; // nobody listens there
  const client = new ClientSide();
  const call = callOf(plan, world.rulebook);
  const intent = makeIntent(call, {
    id: plan.id,
    startedAtMs: world.wallMs(),
    said: {
      fields: { workflow: plan.workflow, team: plan.team },
      tags: {},
      retrievalParts: undefined,
    },
    fingerprint: '',
  });
  const go = (desk: Desk): void => {
    if (!worker.alive) return;
    if (desk.kind !== 'admitted') {
      world.witness.refused += 1;
      return;
    }
    dispatch(plan, call, desk, { worker, client, world });
  };
  const desk = worker.desk.admit(call, intent, false);
  if (desk instanceof Promise) desk.then(go).catch((fault: unknown) => world.witness.faults.push(fault));
  else go(desk);
}

function callOf({ fate, outputLimit, promptCharacters }: CallPlan, rulebook: Rulebook): AdmitCall {
  const stream = fate !== 'whole';
  const json = {
    model: MODEL,
    stream,
    max_tokens: outputLimit,
    messages: [{ role: 'user', content: 'x'.repeat(promptCharacters) }],
  };
  const target = openaiChat.target('POST', '/v1/chat/completions', {});
  const facts = openaiChat.read(json, target!);
  const route = rulebook.route('openai', MODEL);
  if (target === undefined || 'code' in facts || route === undefined) throw new Error('the call is wrong');
  return {
    request: { headers: {} } as AdmitCall['request'],
    wire: openaiChat,
    target,
    rulebook,
    caller: { kind: 'unkeyed' },
    json,
    facts,
    route,
    billing: { byReturned: false },
    bytes: Buffer.from(JSON.stringify(json)),
    upload: undefined,
    method: 'POST',
    path: '/v1/chat/completions',
    query: '',
  };
}

interface Dispatching {
  readonly worker: Worker;
  readonly client: ClientSide;
  readonly world: CallWorld;
}

function dispatch(
  plan: CallPlan,
  call: AdmitCall,
  { intent, ticket, bytes }: Extract<Desk, { kind: 'admitted' }>,
  { worker, client, world }: Dispatching,
): void {
  const { witness } = world;
  try {
    witness.doubtful.add(intent.attempt);
    worker.journal.intend(intent, () => {
      witness.doubtful.delete(intent.attempt);
      ticket?.release();
    });
    witness.doubtful.delete(intent.attempt);
  } catch {
    witness.refused += 1;
    return;
  }
  witness.intended.push(intent.attempt);
  client.on('finish', () => {
    if (worker.alive) witness.acknowledged.push(intent.attempt);
  });
  const exchange = new Exchange(contextOf(call, intent, { worker, client, world, ticket }));
  serve(
    exchange,
    intent.attempt,
    plan.fate,
    { outputLimit: plan.outputLimit, inputBytes: bytes.length, client },
    {
      time: world.time,
      dice: world.dice,
      prices: world.rulebook.prices,
      book: witness.book,
      startedAtMs: intent.startedAtMs,
      alive: () => worker.alive,
    },
  );
}

type Joined = Dispatching & Pick<Extract<Desk, { kind: 'admitted' }>, 'ticket'>;

function contextOf(
  call: AdmitCall,
  intent: Intent,
  { worker, client, world, ticket }: Joined,
): ExchangeContext {
  const { wire, target, facts, rulebook, query } = call;
  const onFault = (fault: unknown): void => void world.witness.faults.push(fault);
  const inputTokens = Math.ceil(call.bytes.length / 4);
  return {
    response: client.response,
    intent,
    wire,
    meter: wire.meter(facts, target),
    answerForm: (contentType) => wire.answerForm(contentType, target, query),
    prices: rulebook.prices,
    limits: rulebook.limits,
    onClientGone: 'drain',
    filterEvents: false,
    overheadMicros: 0,
    monotonicMs: () => world.time.nowMs,
    takeDrainPlace: () => () => undefined,
    compose: () => ({ basis: 'unknown', input: {}, output: {} }),
    count: async ({ output }) => ({
      inputTokens,
      outputTokens: Math.ceil(output.text.length / 4),
      reasoningTokens: 0,
    }),
    ticket,
    settle: (settlement) => {
      world.witness.settled.set(intent.attempt, settlement);
      return recordSettled(settlement, ticket, { recorder: worker.journal, onFault });
    },
    carry: () => undefined,
    awaitResult: () => undefined,
    onFault,
    reusable: false,
    strict: undefined,
    again: () => undefined,
  };
}
