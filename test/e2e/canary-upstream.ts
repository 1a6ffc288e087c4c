/**
 * A provider of every dialect that says canaries in all its answers, and fails in every way. What it does is in the name
 * of the model: `m07-error`, `m07-cut`, `m07-hang`, `m07-slow`, `m07-broken`; anything else is answered.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CanaryUpstream {
  readonly url: string;
  /** All credentials that came, in any header. */
  readonly credentials: string[];
  /** Paths of requests that are held open. */
  readonly held: string[];
  close(): void;
}

export async function startCanaryUpstream(answer: string, error: string): Promise<CanaryUpstream> {
  const credentials: string[] = [];
  const held: string[] = [];
  const server = createServer((request, response) => {
    const {
      authorization = '',
      'x-api-key': key = '',
      'api-key': azure = '',
      'x-goog-api-key': google = '',
    } = request.headers;
    credentials.push(`${authorization} ${String(key)} ${String(azure)} ${String(google)}`);
    let body = '';
    request.on('data', (chunk: Buffer) => void (body += chunk.toString('latin1')));
    request.on('end', () => {
      const mode = /m\d\d-(\w+)/.exec(`${request.url} ${body}`)?.[1] ?? '';
      if (mode === 'hang' || mode === 'slow') held.push(request.url ?? '');
      reply(mode, { request, response, body, answer, error });
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials,
    held,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Turn {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: string;
  readonly answer: string;
  readonly error: string;
}

function reply(mode: string, turn: Turn): void {
  const { request, response, body, answer, error } = turn;
  const path = request.url ?? '';
  const streams = /"stream":true|streamGenerate/.test(`${body}${path}`);
  const json = (status: number, value: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
  if (mode === 'hang') return;
  if (mode === 'error')
    return json(400, { type: 'error', error: { message: error, type: error, code: error } });
  if (mode === 'denied') return json(401, { error: { message: `wrong key: ${error}` } });
  if (mode === 'broken')
    return void response.writeHead(200, { 'content-type': 'application/json' }).end(`{"${answer}`);
  if (!streams && mode !== 'cut' && mode !== 'slow') return json(200, wholeAnswer(path, answer));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events(path, answer)) response.write(`data: ${JSON.stringify(event)}\n\n`);
  if (mode === 'cut') response.destroy();
  else if (mode === 'midway') response.end(`data: ${JSON.stringify({ error: { message: error } })}\n\n`);
  else if (mode !== 'slow') response.end('data: [DONE]\n\n');
}

const USAGE = { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 };

function wholeAnswer(path: string, answer: string): unknown {
  if (path.includes('/messages'))
    return {
      id: 'msg_1',
      type: 'message',
      model: 'claude',
      content: [
        { type: 'text', text: answer },
        { type: 'tool_use', id: 't', name: 'look', input: { for: answer } },
      ],
      usage: { input_tokens: 9, output_tokens: 5 },
    };
  if (path.includes('enerateContent'))
    return {
      candidates: [{ content: { role: 'model', parts: [{ text: answer }] } }],
      usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 5, totalTokenCount: 14 },
    };
  if (path.includes('/converse'))
    return {
      output: { message: { role: 'assistant', content: [{ text: answer }] } },
      usage: { inputTokens: 9, outputTokens: 5, totalTokens: 14 },
    };
  if (path.includes('/responses'))
    return {
      id: 'resp_1',
      object: 'response',
      status: 'completed',
      output: [{ type: 'message', content: [{ type: 'output_text', text: answer }] }],
      usage: { input_tokens: 9, output_tokens: 5, total_tokens: 14 },
    };
  const message = {
    role: 'assistant',
    content: answer,
    tool_calls: [{ id: 't', type: 'function', function: { name: 'look', arguments: `{"for":"${answer}"}` } }],
  };
  return {
    id: 'c1',
    object: 'chat.completion',
    choices: [{ index: 0, message }],
    text: answer,
    usage: USAGE,
  };
}

function events(path: string, answer: string): unknown[] {
  if (path.includes('/messages'))
    return [
      {
        type: 'message_start',
        message: { id: 'msg_1', model: 'claude', usage: { input_tokens: 9, output_tokens: 1 } },
      },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: answer } },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
      { type: 'message_stop' },
    ];
  if (path.includes('enerateContent')) return [wholeAnswer(path, answer)];
  return [
    { id: 'c1', choices: [{ index: 0, delta: { role: 'assistant', content: answer } }] },
    { id: 'c1', choices: [], usage: USAGE },
  ];
}
