/** The house rules, one function each: sources in, faults out. */
import { isNode } from './source.ts';
import type { SourceFile, SyntaxNode } from './source.ts';
import type { House } from './house.ts';

export interface Fault {
  readonly rule: RuleName;
  readonly path: string;
  readonly line: number;
  readonly says: string;
}

type Rule = (sources: readonly SourceFile[], house: House) => Fault[];

const MOST_FUNCTION_LINES = 70;
const MOST_FILE_LINES = 400;

/** Every rule under the name by which a fault is reported. */
export const RULES = {
  'data flows down: a room imports only rooms before it': order,
  'a room is entered by its front door': frontDoors,
  'there are no barrels': barrels,
  'imports run in no circle': circles,
  'pure rooms take clock, randomness and settings as arguments': purity,
  'the gateway knows no ledger and no database': gatewayIsApart,
  'settings are read in main.ts only': settings,
  'only the command line writes to the terminal': terminal,
  'SQL is written in ledger/stores and registry only': sql,
  'a lever carries the verdict that promoted it': verdicts,
  'functions are at most 70 lines': functionLengths,
  'files are at most 400 lines': fileLengths,
  'folders and files are named for the domain': names,
} as const satisfies Record<string, Rule>;
export type RuleName = keyof typeof RULES;

function order(sources: readonly SourceFile[], house: House): Fault[] {
  return crossings(sources).flatMap(({ source, room, line, path }) => {
    const from = house.rooms.indexOf(source.room);
    const to = house.rooms.indexOf(room);
    if (from === -1) return [fault(ORDER, source, 1, `${source.room} is no room of the house`)];
    if (to === -1) return [fault(ORDER, source, line, `${path} lies in no room of the house`)];
    return to < from
      ? []
      : [fault(ORDER, source, line, `${source.room} comes before ${room} and must not know it`)];
  });
}
const ORDER = 'data flows down: a room imports only rooms before it';

function frontDoors(sources: readonly SourceFile[], house: House): Fault[] {
  const doors = house.doors.map((door) => door.path);
  const isDoor = (path: string): boolean =>
    doors.some((door) => path === door || (door.endsWith('/') && path.startsWith(door)));
  return (
    crossings(sources)
      .filter(({ source }) => !source.isTest)
      .filter(({ room, path }) => path !== `src/${room}/${room}.ts` && !isDoor(path))
      // units has no door of its own: each of its files is one exact value.
      .filter(({ room }) => room !== 'units')
      .map(({ source, room, line, path }) =>
        fault(
          'a room is entered by its front door',
          source,
          line,
          `${path} is not the door src/${room}/${room}.ts`,
        ),
      )
  );
}

/** Imports that leave a room for another. */
function crossings(sources: readonly SourceFile[]) {
  return sources
    .filter((source) => source.room !== '')
    .flatMap((source) =>
      source.imports.flatMap(({ path, line }) => {
        if (path === undefined || !path.startsWith('src/')) return [];
        const room = path.split('/')[1] ?? '';
        return room === source.room ? [] : [{ source, room, path, line }];
      }),
    );
}

function barrels(sources: readonly SourceFile[]): Fault[] {
  return sources.flatMap((source) => {
    const named = /(^|\/)index\.tsx?$/.test(source.path);
    // A front door may list by name what leaves its room; anything else that only passes on is a barrel.
    const isDoor = source.path === `src/${source.room}/${source.room}.ts`;
    const empty = isDoor ? (one: SyntaxNode) => one.type === 'ExportAllDeclaration' : isPassingOn;
    const passesOn = source.statements.length > 0 && source.statements.every(empty);
    if (!named && !passesOn) return [];
    return [
      fault(
        'there are no barrels',
        source,
        1,
        'a file that only passes on what others hold hides who needs whom',
      ),
    ];
  });
}

function isPassingOn(statement: SyntaxNode): boolean {
  if (statement.type === 'ExportAllDeclaration') return true;
  if (statement.type === 'ImportDeclaration') return (statement['specifiers'] as unknown[]).length > 0;
  return statement.type === 'ExportNamedDeclaration' && statement['declaration'] === null;
}

function circles(sources: readonly SourceFile[]): Fault[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const state = new Map<string, 'open' | 'done'>();
  const faults: Fault[] = [];
  const walk = (source: SourceFile, trail: readonly string[]): void => {
    state.set(source.path, 'open');
    for (const { path, line } of source.imports) {
      const next = path === undefined ? undefined : byPath.get(path);
      if (next === undefined) continue;
      if (state.get(next.path) === 'open') {
        const circle = [...trail.slice(trail.indexOf(next.path)), next.path].join(' → ');
        faults.push(fault('imports run in no circle', source, line, circle));
      } else if (!state.has(next.path)) walk(next, [...trail, next.path]);
    }
    state.set(source.path, 'done');
  };
  for (const source of sources) if (!state.has(source.path)) walk(source, [source.path]);
  return faults;
}

const IMPURE_MODULES =
  /^(node:)?(fs|fs\/promises|net|http|https|http2|tls|dgram|dns|timers|timers\/promises|child_process|cluster|worker_threads|process|os|perf_hooks|sqlite)$/;
const IMPURE_NAMES = new Set([
  'console',
  'performance',
  'process',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
]);
const IMPURE_MEMBERS = new Set(['Date.now', 'Math.random']);
const RANDOM_IMPORTS = /^(random|getRandomValues)/;

function purity(sources: readonly SourceFile[], house: House): Fault[] {
  const rule = 'pure rooms take clock, randomness and settings as arguments';
  const isPure = (path: string) =>
    house.pure.some((pure) => path.startsWith(`${pure}/`) || path.startsWith(`${pure}.`));
  return sources
    .filter((source) => isPure(source.path) && !source.isTest)
    .flatMap((source) => [
      ...source.imports
        .filter(({ specifier }) => IMPURE_MODULES.test(specifier))
        .map(({ specifier, line }) => fault(rule, source, line, `imports ${specifier}`)),
      ...source.nodes.flatMap((node) => {
        const name = impurity(node);
        return name === undefined ? [] : [fault(rule, source, source.lineOf(node.start), `uses ${name}`)];
      }),
    ]);
}

function impurity(node: SyntaxNode): string | undefined {
  const member = memberName(node);
  if (member !== undefined) {
    if (IMPURE_MEMBERS.has(member)) return member;
    const [owner = ''] = member.split('.');
    return IMPURE_NAMES.has(owner) ? member : undefined;
  }
  if (node.type === 'CallExpression') {
    const callee = identifierName(node['callee']);
    return callee !== undefined && IMPURE_NAMES.has(callee) ? callee : undefined;
  }
  if (node.type === 'NewExpression' && identifierName(node['callee']) === 'Date') {
    return (node['arguments'] as unknown[]).length === 0 ? 'new Date()' : undefined;
  }
  if (node.type === 'ImportSpecifier') {
    const imported = identifierName(node['imported']);
    return imported !== undefined && RANDOM_IMPORTS.test(imported) ? imported : undefined;
  }
  return undefined;
}

const DATABASES = /^(chdb|@clickhouse\/client|node:sqlite|kysely|pg|redis)(\/|$)/;

function gatewayIsApart(sources: readonly SourceFile[]): Fault[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const pending = sources.filter((source) => source.room === 'gateway' && !source.isTest);
  const seen = new Set(pending);
  const faults: Fault[] = [];
  for (const source of pending) {
    for (const { specifier, path, line } of source.imports) {
      if (DATABASES.test(specifier) || path?.startsWith('src/ledger/')) {
        const says = `reaches ${specifier}: the gateway calls record, it is joined to the ledger in main.ts`;
        faults.push(fault('the gateway knows no ledger and no database', source, line, says));
      }
      const next = path === undefined ? undefined : byPath.get(path);
      if (next === undefined || seen.has(next)) continue;
      seen.add(next);
      pending.push(next); // the walk goes on over what it finds
    }
  }
  return faults;
}

function settings(sources: readonly SourceFile[]): Fault[] {
  return serverCode(sources)
    .filter((source) => source.room !== 'main.ts')
    .flatMap((source) =>
      uses(source, 'settings are read in main.ts only', (name) => /^process\.env\b/.test(name)),
    );
}

function terminal(sources: readonly SourceFile[]): Fault[] {
  return serverCode(sources)
    .filter((source) => source.room !== 'cli')
    .flatMap((source) => {
      // main.ts hands the streams to the command line; everyone else is given words to say, never a stream.
      const forbidden = source.room === 'main.ts' ? /^console\./ : /^(console\.|process\.(stdout|stderr)\b)/;
      return uses(source, 'only the command line writes to the terminal', (name) => forbidden.test(name));
    });
}

function serverCode(sources: readonly SourceFile[]): SourceFile[] {
  return sources.filter((source) => source.room !== '' && !source.isTest);
}

function uses(source: SourceFile, rule: RuleName, forbidden: (name: string) => boolean): Fault[] {
  return source.nodes.flatMap((node) => {
    const name = memberName(node);
    return name !== undefined && forbidden(name)
      ? [fault(rule, source, source.lineOf(node.start), `uses ${name}`)]
      : [];
  });
}

const SQL =
  /\bSELECT\b[\s\S]+\bFROM\b|\bINSERT\s+INTO\b|\bCREATE\s+(?:TABLE|DATABASE|MATERIALIZED)\b|\bALTER\s+TABLE\b|\bDELETE\s+FROM\b|\bUPDATE\s+\S+\s+SET\b/;

function sql(sources: readonly SourceFile[]): Fault[] {
  return serverCode(sources)
    .filter(({ path }) => !path.startsWith('src/ledger/stores/') && !path.startsWith('src/registry/'))
    .flatMap((source) =>
      source.nodes
        .filter((node) => SQL.test(literalText(node)))
        .map((node) =>
          fault(
            'SQL is written in ledger/stores and registry only',
            source,
            source.lineOf(node.start),
            'holds SQL',
          ),
        ),
    );
}

function literalText(node: SyntaxNode): string {
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? node['value'] : '';
  if (node.type !== 'TemplateLiteral') return '';
  const quasis = node['quasis'] as ReadonlyArray<{ value: { raw: string } }>;
  return quasis.map((quasi) => quasi.value.raw).join(' x ');
}

function verdicts(sources: readonly SourceFile[]): Fault[] {
  return serverCode(sources).flatMap((source) =>
    source.nodes
      .filter(
        (node) => node.type === 'TSInterfaceDeclaration' && identifierName(node['id']) === 'LeverSetting',
      )
      .filter((node) => !requiresVerdict(node))
      .map((node) =>
        fault(
          'a lever carries the verdict that promoted it',
          source,
          source.lineOf(node.start),
          'LeverSetting must require a field `verdict: Verdict`',
        ),
      ),
  );
}

function requiresVerdict(declaration: SyntaxNode): boolean {
  const body = declaration['body'];
  if (!isNode(body)) return false;
  return (body['body'] as readonly SyntaxNode[]).some((field) => {
    const annotation = isNode(field['typeAnnotation'])
      ? field['typeAnnotation']['typeAnnotation']
      : undefined;
    const type = isNode(annotation) ? identifierName(annotation['typeName']) : undefined;
    return identifierName(field['key']) === 'verdict' && field['optional'] !== true && type === 'Verdict';
  });
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

function functionLengths(sources: readonly SourceFile[]): Fault[] {
  return serverCode(sources).flatMap((source) =>
    source.nodes
      .filter((node) => FUNCTIONS.has(node.type))
      .map((node) => ({ first: source.lineOf(node.start), last: source.lineOf(node.end), node }))
      .filter(({ first, last }) => last - first + 1 > MOST_FUNCTION_LINES)
      .map(({ first, last, node }) => {
        const name = identifierName(node['id']) ?? 'a function without a name';
        return fault(
          'functions are at most 70 lines',
          source,
          first,
          `${name} has ${last - first + 1} lines`,
        );
      }),
  );
}

function fileLengths(sources: readonly SourceFile[]): Fault[] {
  return serverCode(sources)
    .filter((source) => source.lineCount > MOST_FILE_LINES)
    .map((source) => fault('files are at most 400 lines', source, 1, `has ${source.lineCount} lines`));
}

const TECHNIQUES = /^(utils?|helpers?|common|shared|misc|services?|controllers?|types?)$/;

function names(sources: readonly SourceFile[]): Fault[] {
  return sources.flatMap((source) => {
    const bad = source.path.split('/').find((part) => TECHNIQUES.test(part.replace(/(\.test)?\.tsx?$/, '')));
    if (bad === undefined) return [];
    return [fault('folders and files are named for the domain', source, 1, `"${bad}" names a technique`)];
  });
}

/** `process.env` for a member expression, with `process.env.HOME` reported once, at its inner part. */
function memberName(node: SyntaxNode): string | undefined {
  if (node.type !== 'MemberExpression' || node['computed'] === true) return undefined;
  const owner = identifierName(node['object']);
  const property = identifierName(node['property']);
  return owner === undefined || property === undefined ? undefined : `${owner}.${property}`;
}

function identifierName(value: unknown): string | undefined {
  return isNode(value) && value.type === 'Identifier' ? (value['name'] as string) : undefined;
}

function fault(rule: RuleName, source: SourceFile, line: number, says: string): Fault {
  return { rule, path: source.path, line, says };
}
