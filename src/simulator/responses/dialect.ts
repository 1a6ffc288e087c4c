import type { Dialect } from '../dialect.ts';
import { problemBody } from '../openai/problem.ts';
import { readRequest } from './read.ts';
import { bodyOf, framesOf, problemFrame, usageOf } from './write.ts';

export const RESPONSES: Dialect = {
  name: 'openai',
  idPrefix: 'resp_sim_',
  requestIdHeader: 'x-request-id',
  read: readRequest,
  usage: usageOf,
  body: bodyOf,
  frames: framesOf,
  problemBody,
  problemFrame,
};
