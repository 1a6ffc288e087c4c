/**
 * `/api/v1/playground`: a call of a person's own, sent by control to its own gateway, so that no key reaches a browser. It is
 * a call as any other: it is recorded, counted by budgets, and costs what it costs; what it costs at most is said before.
 */
import type { OpenAPIHono } from '@hono/zod-openapi';

import { API_PREFIX } from '../contract.ts';
import { TryAnswer, TryAsk, TryBound } from '../contract/gateway.ts';
import type { ApiEnvironment, ApiParts, GatewayAnswer } from '../parts.ts';
import { within } from '../health.ts';
import { refuse } from '../problems.ts';
import { tryPublish } from '../publication.ts';
import { jsonOf, problemsOf, secured } from '../routing.ts';
import { boundOf, requestOf, saidText } from '../trying.ts';

const BODY = { body: { required: true, content: { 'application/json': { schema: TryAsk } } } } as const;
const KEY_MS = 15 * 60_000;
/** Gateways look for a new rulebook four times a second. */
const LOOKS = 12;
const LOOK_MS = 250;
const LOOKS_FOR_LINE = 20;
const UNAUTHORIZED = 401;

export function mountPlayground(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  mountBound(app, parts);
  mountTry(app, parts);
}

function mountBound(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'providers:read', {
    method: 'post',
    path: `${API_PREFIX}/playground/bound`,
    operationId: 'boundTry',
    summary: 'What a call would cost at most; nothing is sent',
    tags: ['providers'],
    request: BODY,
    responses: {
      200: jsonOf(TryBound, 'The bound.'),
      ...problemsOf('bad_request', 'login_needed', 'not_allowed', 'not_found'),
    },
  });
  app.openapi(route, (context) => {
    const ask = context.req.valid('json');
    const bound = boundOf(parts, ask);
    return bound === undefined ? refuse(context, 'not_found', notServing(ask)) : context.json(bound, 200);
  });
}

function mountTry(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const route = secured(parts.access, 'calls:write', {
    method: 'post',
    path: `${API_PREFIX}/playground`,
    operationId: 'tryCall',
    summary: 'Send one call through the gateway, with its line and its cost',
    tags: ['providers'],
    request: BODY,
    responses: {
      200: jsonOf(TryAnswer, 'What came back, also where the gateway or the provider refused it.'),
      ...problemsOf(
        'bad_request',
        'login_needed',
        'not_allowed',
        'not_found',
        'not_here',
        'gateway_unreachable',
      ),
    },
  });
  const keyOf = playgroundKeys(parts);
  const clockMs = parts.clockMs ?? parts.now;
  app.openapi(route, async (context) => {
    const ask = context.req.valid('json');
    const bound = boundOf(parts, ask);
    if (bound === undefined) return refuse(context, 'not_found', notServing(ask));
    if (parts.callGateway === undefined)
      return refuse(
        context,
        'not_here',
        'This server knows no gateway. Nothing was sent and nothing was charged.',
      );
    const secret = await keyOf(context.get('actor'), context.get('requestId'));
    const beganMs = clockMs();
    const answer = await sendOnceKnown(parts, () => parts.callGateway!(requestOf(ask, secret)), secret);
    const durationMs = clockMs() - beganMs;
    if (answer === undefined)
      return refuse(
        context,
        'gateway_unreachable',
        'The gateway did not answer, or broke off. Where it had the call, the ledger has its line: look there before you send it again.',
      );
    return context.json(
      {
        status: answer.status,
        call: answer.call,
        text: saidText(answer.text),
        body: answer.text,
        durationMs,
        recorded: answer.call !== '' && (await isRecorded(parts, answer.call)),
        bound,
      },
      200,
    );
  });
}

function notServing({ provider, dialect }: TryAsk): string {
  return `No provider "${provider}" of the dialect ${dialect} serves now, so nothing was sent and nothing was charged. "setpoint provider list" shows those that do.`;
}

/** The drain takes what was journalled twice a second. A ledger that is away only means that nobody can say yet. */
async function isRecorded(
  { ledger, pause = pauseMs }: Pick<ApiParts, 'ledger' | 'pause'>,
  call: string,
): Promise<boolean> {
  for (let looks = 0; looks < LOOKS_FOR_LINE; looks += 1) {
    const receipt = await within(ledger.receipt(call));
    if (receipt !== undefined && receipt.lines.length > 0) return true;
    await pause(LOOK_MS);
  }
  return false;
}

/** A key that was made a moment ago is not known to every gateway yet: a refusal for that reason sent nothing on. */
async function sendOnceKnown(
  { pause = pauseMs }: Pick<ApiParts, 'pause'>,
  send: () => Promise<GatewayAnswer>,
  secret: string,
): Promise<GatewayAnswer | undefined> {
  for (let looks = 0; ; looks += 1) {
    const answer = await send().catch(() => undefined);
    const unknown = answer?.status === UNAUTHORIZED && secret !== '' && answer.call === '';
    if (!unknown || looks >= LOOKS) return answer;
    await pause(LOOK_MS);
  }
}

/** No key while none is needed; else a short-lived one for calls alone, which never leaves this process. */
function playgroundKeys(parts: ApiParts): (actor: string, requestId: string) => Promise<string> {
  const kept = new Map<string, { readonly secret: string; readonly untilMs: number }>();
  const clockMs = parts.clockMs ?? parts.now;
  return async (actor, requestId) => {
    if (parts.rules?.()?.unkeyed === true) return '';
    const known = kept.get(actor);
    if (known !== undefined && known.untilMs > clockMs() + 60_000) return known.secret;
    const expiresAtMs = clockMs() + KEY_MS;
    const { secret } = await parts.registry.keys.create(
      { name: `playground of ${actor}`, expiresAtMs, scope: { uses: ['calls'], endpoints: ['inference'] } },
      actor,
    );
    await tryPublish(parts, requestId);
    kept.set(actor, { secret, untilMs: expiresAtMs });
    return secret;
  };
}

function pauseMs(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
