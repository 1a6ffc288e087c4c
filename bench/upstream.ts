/**
 * The provider of `bench overhead`: answers every chat completion at once with one fixed body, streamed on request.
 * It does as little as it can, so that what is measured is the thing between it and the load.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const USAGE = { prompt_tokens: 1850, completion_tokens: 210, total_tokens: 2060 };
const TEXT = 'The refund was issued on the third and reaches the card within five working days. '.repeat(12);
const BODY = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion',
    created: 1_790_000_000,
    model: 'gpt-4o-mini',
    choices: [{ index: 0, message: { role: 'assistant', content: TEXT }, finish_reason: 'stop' }],
    usage: USAGE,
  }),
);

function chunk(fields: object): string {
  return `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_790_000_000, model: 'gpt-4o-mini', ...fields })}\n\n`;
}
const STREAM = [
  ...TEXT.split(' ').map((word) =>
    chunk({ choices: [{ index: 0, delta: { content: `${word} ` }, finish_reason: null }] }),
  ),
  chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
  chunk({ choices: [], usage: USAGE }),
  'data: [DONE]\n\n',
].map((text) => Buffer.from(text));

let served = 0;
createServer((request, response) => {
  if (request.url === '/served') {
    response.end(String(served));
    return;
  }
  let streamed = false;
  request.on('data', (bytes: Buffer) => void (streamed ||= bytes.includes('"stream":true')));
  request.on('end', () => {
    served += 1;
    if (!streamed) {
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': BODY.length })
        .end(BODY);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of STREAM) response.write(event);
    response.end();
  });
}).listen(Number(process.argv[2] ?? 0), '127.0.0.1', function listening(this: import('node:http').Server) {
  process.send?.({ listening: (this.address() as AddressInfo).port });
});
