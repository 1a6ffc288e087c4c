import type { Dialect } from '../dialect.ts';
import { problemBody, problemFrame } from './problem.ts';
import { readRequest } from './read.ts';
import { bodyOf, framesOf, usageOf } from './write.ts';

export const ANTHROPIC: Dialect = {
  name: 'anthropic',
  idPrefix: 'msg_sim_',
  requestIdHeader: 'request-id',
  read: readRequest,
  usage: usageOf,
  body: bodyOf,
  frames: framesOf,
  problemBody,
  problemFrame,
};
