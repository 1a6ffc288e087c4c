/** Reads recordings of Google and Bedrock as a gateway would: bytes through each framing, events through a meter. */
import { createMeter as createConverseMeter } from '../../src/gateway/wires/bedrock-converse/meter.ts';
import { createMeter as createInvokeMeter } from '../../src/gateway/wires/bedrock-invoke/meter.ts';
import { eventStream, writeFrame } from '../../src/gateway/wires/event-stream.ts';
import { createMeter as createGenerateMeter } from '../../src/gateway/wires/google-generate/meter.ts';
import { jsonArray } from '../../src/gateway/wires/json-array.ts';
import { sse, writeEvent } from '../../src/gateway/wires/sse.ts';
import type { Framing, JsonObject, JsonValue, Meter, Reading } from '../../src/gateway/wires/wire.ts';
import { FACTS } from './wires-reading.ts';

export type Cloud = 'google' | 'google-array' | 'bedrock' | 'bedrock-invoke';

export function cloudMeter(cloud: Cloud): Meter {
  switch (cloud) {
    case 'google':
    case 'google-array':
      return createGenerateMeter();
    case 'bedrock':
      return createConverseMeter();
    case 'bedrock-invoke':
      return createInvokeMeter(FACTS);
  }
}

const FRAMINGS: Readonly<Record<Cloud, Framing>> = {
  google: sse,
  'google-array': jsonArray,
  bedrock: eventStream,
  'bedrock-invoke': eventStream,
};

export function readCloudBody(cloud: Cloud, json: JsonValue): Reading {
  const meter = cloudMeter(cloud);
  meter.body(json);
  return meter.reading();
}

/** Payloads as each service frames them: lines with CRLF, one array, or binary frames with padding. */
export function frameCloud(cloud: Cloud, payloads: readonly string[]): Buffer {
  switch (cloud) {
    case 'google':
      return Buffer.from(
        payloads
          .map((payload) => writeEvent(payload))
          .join('')
          .replaceAll('\n', '\r\n'),
      );
    case 'google-array':
      return Buffer.from(`[${payloads.join('\n,\r\n')}\n]\n`);
    case 'bedrock':
      return Buffer.concat(payloads.map(converseFrame));
    case 'bedrock-invoke':
      return Buffer.concat(payloads.map(invokeFrame));
  }
}

/** A recording holds `{"<event>": <payload>}`; on the wire the name is a header and the payload is padded. */
export function converseFrame(line: string): Buffer {
  const [event] = Object.entries(JSON.parse(line) as Record<string, JsonObject>);
  if (event === undefined) throw new Error(`no event in ${line}`);
  const [type, payload] = event;
  return writeFrame(
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    JSON.stringify({ ...payload, p: 'abcdefghij'.slice(0, type.length % 10) }),
  );
}

export function invokeFrame(payload: string): Buffer {
  return writeFrame(
    { ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' },
    JSON.stringify({ bytes: Buffer.from(payload).toString('base64'), p: 'abc' }),
  );
}

export function readCloudBytes(cloud: Cloud, chunks: readonly Buffer[]): Reading {
  const meter = cloudMeter(cloud);
  const splitter = FRAMINGS[cloud].splitter({ maximumEventBytes: 8 * 1024 * 1024 });
  for (const chunk of chunks) for (const { data } of splitter.push(chunk)) meter.event(data);
  const rest = splitter.rest();
  if (rest.length > 0) meter.event(FRAMINGS[cloud].restData(rest));
  return meter.reading();
}
