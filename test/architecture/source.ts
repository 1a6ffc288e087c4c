/**
 * The project's files as the house rules see them: what each imports, says and holds.
 * Read with the parser that Vite brings, so that strings, templates, comments and JSX are told apart for certain.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { parseSync } from 'vite';

/** A node of the syntax tree, as far as the rules look at it. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface ImportLink {
  /** As written: `../ledger/ledger.ts`, `node:fs`, `zod`. */
  readonly specifier: string;
  /** Path from the project's folder for relative imports, undefined for packages. */
  readonly path: string | undefined;
  readonly line: number;
}

export interface SourceFile {
  /** From the project's folder, with forward slashes: `src/gateway/gateway.ts`. */
  readonly path: string;
  /** First folder under src, or the file's own name when it lies in src itself; empty outside src. */
  readonly room: string;
  readonly isTest: boolean;
  readonly lineCount: number;
  readonly imports: readonly ImportLink[];
  readonly nodes: readonly SyntaxNode[];
  readonly statements: readonly SyntaxNode[];
  lineOf(offset: number): number;
}

/** Reads every TypeScript file under the given folders of a project. @throws when a file cannot be parsed. */
export function readSources(root: string, folders: readonly string[]): SourceFile[] {
  return folders
    .flatMap((folder) => listFiles(join(root, folder)))
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'))
    .map((path) => relative(root, path).split(sep).join('/'))
    .toSorted()
    .map((path) => readSource(path, readFileSync(join(root, path), 'utf8')));
}

/** Every file under a folder; none when the folder does not exist. */
export function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

export function readSource(path: string, text: string): SourceFile {
  const parsed = parseSync(path, text);
  const fault = parsed.errors[0];
  if (fault) throw new Error(`${path} cannot be parsed: ${fault.message}`);
  const lineOf = lineFinder(text);
  const program = parsed.program as unknown as SyntaxNode;
  const nodes = [...descendants(program)];
  return {
    path,
    room: roomOf(path),
    isTest: /\.test\.tsx?$/.test(path) || path.startsWith('test/'),
    lineCount: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    imports: nodes.flatMap((node) => linkOf(path, node, lineOf)),
    nodes,
    statements: program['body'] as SyntaxNode[],
    lineOf,
  };
}

function roomOf(path: string): string {
  const [top, room = ''] = path.split('/');
  return top === 'src' ? room : '';
}

const LINKS = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
]);

function linkOf(from: string, node: SyntaxNode, lineOf: (offset: number) => number): ImportLink[] {
  if (!LINKS.has(node.type)) return [];
  const specifier = isNode(node['source']) ? node['source']['value'] : undefined;
  if (typeof specifier !== 'string') return [];
  const path = specifier.startsWith('.') ? posix.normalize(posix.join(dirname(from), specifier)) : undefined;
  return [{ specifier, path, line: lineOf(node.start) }];
}

function* descendants(node: SyntaxNode): Generator<SyntaxNode> {
  yield node;
  for (const value of Object.values(node)) {
    if (isNode(value)) yield* descendants(value);
    else if (Array.isArray(value)) for (const item of value) if (isNode(item)) yield* descendants(item);
  }
}

export function isNode(value: unknown): value is SyntaxNode {
  return (
    typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
  );
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    const next = starts.findIndex((start) => start > offset);
    return next === -1 ? starts.length : next;
  };
}
