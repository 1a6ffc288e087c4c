import type { ServerResponse } from 'node:http';

import type { JsonObject } from '../wires/wire.ts';
import type { AcceptedBody } from './accept.ts';
import type { IntendedCall } from './intend.ts';
import type { Ticket } from './ticket.ts';

/** A request that is ready to go to its provider. */
export interface DispatchCall extends IntendedCall {
  readonly response: ServerResponse;
  readonly json: JsonObject;
  readonly accepted: AcceptedBody;
  readonly acceptedMs: number;
  /** What this attempt reserved; absent: no budget counts it. */
  readonly ticket?: Ticket | undefined;
}
