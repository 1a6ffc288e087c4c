/**
 * Signature Version 4, checked by the receiver as Amazon describes it, with nothing but node:crypto: an implementation
 * that shares no code with the gateway's or with Amazon's own client.
 */
import { createHash, createHmac } from 'node:crypto';

import type { SeenRequest } from './gateway-alone.ts';

export interface CheckedSignature {
  readonly valid: boolean;
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
}

export function checkSignature(request: SeenRequest, secretAccessKey: string): CheckedSignature {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    );
  if (match === null) return { valid: false, accessKeyId: '', region: '', service: '', signedHeaders: [] };
  const [, accessKeyId = '', day = '', region = '', service = '', names = '', signature = ''] = match;
  const signedHeaders = names.split(';');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = [
    'AWS4-HMAC-SHA256',
    String(request.headers['x-amz-date']),
    scope,
    sha256(canonicalRequest(request, signedHeaders)),
  ].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer>(
    hmac,
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  return {
    valid: hmac(key, text).toString('hex') === signature,
    accessKeyId,
    region,
    service,
    signedHeaders,
  };
}

function canonicalRequest(
  { method, url, headers, body }: SeenRequest,
  signedHeaders: readonly string[],
): string {
  const [path = '', query = ''] = url.split('?');
  return [
    method,
    path.split('/').map(encode).join('/'), // the path is encoded once more than it was sent
    query.split('&').toSorted().join('&'),
    ...signedHeaders.map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    signedHeaders.join(';'),
    sha256(body),
  ].join('\n');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
