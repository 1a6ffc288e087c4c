/** Saying no as Bedrock does: the exception's name in a header, its message in the body, our code beside it. */
import { writeFrame } from '../event-stream.ts';
import { refusalHeaders } from '../refusal-headers.ts';
import type { Refusal, RefusalBody } from '../wire.ts';

/** Bedrock's exception for a status. */
const EXCEPTIONS: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  401: 'AccessDeniedException',
  402: 'ServiceQuotaExceededException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  413: 'ValidationException',
  429: 'ThrottlingException',
  500: 'InternalServerException',
  502: 'ModelErrorException',
  503: 'ServiceUnavailableException',
  504: 'ModelTimeoutException',
};

export function refusalBody(refusal: Refusal): RefusalBody {
  return {
    headers: { ...refusalHeaders(refusal), 'x-amzn-errortype': exceptionOf(refusal) },
    body: bodyText(refusal),
  };
}

/** A frame of its own. One that the provider left open ends the stream for its reader, which is an error as well. */
export function refusalEvent(refusal: Refusal): Buffer {
  return writeFrame(
    {
      ':message-type': 'exception',
      ':exception-type': 'modelStreamErrorException',
      ':content-type': 'application/json',
    },
    bodyText(refusal),
  );
}

function exceptionOf({ code, status }: Refusal): string {
  if (code === 'setpoint_budget_exceeded') return 'ServiceQuotaExceededException';
  return EXCEPTIONS[status] ?? 'InternalServerException';
}

function bodyText({ code, message, parameter }: Refusal): string {
  return JSON.stringify({ message, code, ...(parameter === undefined ? {} : { parameter }) });
}
