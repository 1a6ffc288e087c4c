/** Reading a chat request, and the one edit that a stream may need. */
import { addMember, firstBrace, scanObject, splice } from '../edit.ts';
import {
  checkMessages,
  checkModel,
  checkShape,
  flag,
  isRefusal,
  metadataOf,
  wholeNumber,
} from '../field-checks.ts';
import { isObject } from '../json.ts';
import type { JsonObject, Refusal, RequestFacts } from '../wire.ts';

/** @returns the facts, or the refusal of a request that no provider of this wire would take. */
export function readRequest(body: JsonObject): RequestFacts | Refusal {
  const problem =
    checkModel(body) ??
    checkMessages(body) ??
    checkShape(body, 'tools', 'list') ??
    checkShape(body, 'stream_options', 'object');
  if (problem !== undefined) return problem;
  const stream = flag(body, 'stream');
  if (isRefusal(stream)) return stream;
  const answers = wholeNumber(body, 'n', 1);
  if (isRefusal(answers)) return answers;
  const maximum = wholeNumber(body, 'max_completion_tokens', 0);
  if (isRefusal(maximum)) return maximum;
  const olderMaximum = wholeNumber(body, 'max_tokens', 0);
  if (isRefusal(olderMaximum)) return olderMaximum;
  const { model, user } = body;
  return {
    model: model as string,
    stream,
    maxOutputTokens: larger(maximum, olderMaximum),
    answers: answers ?? 1,
    usageAsked: !stream || includesUsage(body),
    user: typeof user === 'string' ? user : '',
    metadata: metadataOf(body),
  };
}

/** Compatible servers differ in which of the two limits they obey, so the upper bound of the cost takes the larger. */
function larger(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined) return right;
  return right === undefined ? left : Math.max(left, right);
}

function includesUsage(body: JsonObject): boolean {
  const options = body['stream_options'];
  return isObject(options) && options['include_usage'] === true;
}

const INCLUDE_USAGE = '"include_usage":true';

/**
 * Asks a stream for its usage report: adds `stream_options.include_usage` and touches no other byte. A request that is
 * no stream stays as it is, since providers refuse the field there; so does one whose `stream_options` is null or of
 * another type, which its sender must have meant.
 */
export function askForUsage(body: Buffer, json: JsonObject): Buffer {
  if (json['stream'] !== true || includesUsage(json)) return body;
  const request = scanObject(body, firstBrace(body), 'stream_options');
  if (request.value === undefined) return addMember(body, request, `"stream_options":{${INCLUDE_USAGE}}`);
  const stated = json['stream_options'];
  if (!isObject(stated)) return body;
  const options = scanObject(body, request.value.start, 'include_usage');
  if (options.value === undefined) return addMember(body, options, INCLUDE_USAGE);
  return stated['include_usage'] === false || stated['include_usage'] === null
    ? splice(body, options.value, 'true')
    : body;
}
