/**
 * The web app's files. What can be served is listed once, at the start, so no path of a request ever reaches the disk.
 * Paths that are neither a file nor the API's get the app itself, which reads the address (a single-page app).
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';

import type { Context } from 'hono';

import type { ApiEnvironment } from './parts.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
  '.map': 'application/json',
  '.wasm': 'application/wasm',
};

/** No inline script or style, nothing from elsewhere, no framing. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const YEAR_SECONDS = 31_536_000;

interface WebFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  readonly etag: string;
  /** The file's name carries a hash of its content, so it may be kept for ever. */
  readonly hashed: boolean;
}

export type WebFiles = ReadonlyMap<string, WebFile>;

/** Reads a built web app; empty when there is none. */
export function readWebFiles(directory: string | undefined): WebFiles {
  if (directory === undefined) return new Map();
  try {
    const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    return new Map(
      entries.map((entry) => {
        const file = join(entry.parentPath, entry.name);
        return [file.slice(directory.length).split(sep).join('/').replace(/^\/*/, '/'), toWebFile(file)];
      }),
    );
  } catch {
    return new Map();
  }
}

function toWebFile(file: string): WebFile {
  const body = new Uint8Array(readFileSync(file));
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  const hashed =
    /[-.][A-Za-z0-9_-]{8,}\.(js|css|woff2|svg|png|webp|wasm)$/.test(file) &&
    file.includes(`${sep}assets${sep}`);
  return { body, contentType: CONTENT_TYPES[extname(file)] ?? 'application/octet-stream', etag, hashed };
}

export function serveWeb(files: WebFiles): (context: Context<ApiEnvironment>) => Response {
  return (context) => {
    const path = context.req.path;
    const found =
      files.get(path) ?? (extname(path) === '' || path === '/' ? files.get('/index.html') : undefined);
    if (found !== undefined) return sendFile(context, found);
    if (files.size > 0) return context.text('Not found', 404);
    return context.html(BUILT_IN_PAGE, path === '/' ? 200 : 404);
  };
}

function sendFile(context: Context<ApiEnvironment>, file: WebFile): Response {
  const headers = {
    etag: file.etag,
    'cache-control': file.hashed ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache',
  };
  if (context.req.header('if-none-match') === file.etag) return context.body(null, 304, headers);
  return context.body(file.body, 200, { ...headers, 'content-type': file.contentType });
}

const BUILT_IN_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Setpoint</title>
<h1>Setpoint is running</h1>
<p>The web app is not built yet: run <code>npm run build:web</code> and start again. Until then:</p>
<ul>
<li><a href="/api/v1/ledger?by=workflow,team">the ledger of this month</a></li>
<li><a href="/api/v1/calls?limit=20">the latest calls</a></li>
<li><a href="/api/v1/prices?model=gpt-4o*">prices</a></li>
<li><a href="/api/openapi.json">the description of the API</a></li>
<li><a href="/readyz">health</a></li>
</ul>
<p>On the command line: <code>npx setpoint ledger --by workflow,team</code>.</p>
</html>
`;
