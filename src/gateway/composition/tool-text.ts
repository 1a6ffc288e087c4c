/** Tool definitions as the text that a model is shown in their place. */
import { isObject } from '../wires/json.ts';
import type { JsonObject, JsonValue } from '../wires/wire.ts';

/** Schemas nested deeper are rendered as `any`, which bounds the work on a hostile one. */
const DEEPEST = 12;

/**
 * A function as OpenAI's models see it: a TypeScript signature with its descriptions as comments, which is about a
 * third shorter than its JSON (format: OpenAI's harmony guide, "Function calling").
 *
 * @returns JSON where the tool is no function, or its schema points elsewhere (`$ref`).
 */
export function toolAsTypeScript(tool: JsonObject): string {
  const declared = isObject(tool['function']) ? tool['function'] : tool;
  const name = declared['name'];
  const parameters = declared['parameters'];
  if (typeof name !== 'string' || (parameters !== undefined && !isObject(parameters))) return toJson(tool);
  if (parameters !== undefined && ('$defs' in parameters || 'definitions' in parameters)) return toJson(tool);
  const lines: string[] = [];
  if (typeof declared['description'] === 'string') lines.push(commented(declared['description']));
  if (parameters === undefined || !hasProperties(parameters)) lines.push(`type ${name} = () => any;`);
  else lines.push(`type ${name} = (_: ${typeOf(parameters, 0)}) => any;`);
  return `${lines.join('\n')}\n\n`;
}

/** @returns an empty string for what JSON cannot hold or is nested too deep to write. */
export function toJson(value: JsonValue | undefined): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '';
  }
}

function typeOf(schema: JsonValue | undefined, depth: number): string {
  if (!isObject(schema) || depth > DEEPEST) return 'any';
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices))
    return choices.map((choice: JsonValue) => typeOf(choice, depth + 1)).join(' | ');
  if (Array.isArray(schema['enum']))
    return schema['enum'].map((value: JsonValue) => toJson(value)).join(' | ');
  const type = schema['type'];
  if (Array.isArray(type))
    return type.map((one: JsonValue) => typeOf({ ...schema, type: one }, depth + 1)).join(' | ');
  if (type === 'array') return `${typeOf(schema['items'], depth + 1)}[]`;
  if (hasProperties(schema)) return objectType(schema, depth);
  if (type === 'integer') return 'number';
  return typeof type === 'string' ? type : 'any';
}

function objectType(schema: JsonObject, depth: number): string {
  const required = Array.isArray(schema['required'])
    ? new Set<JsonValue>(schema['required'])
    : new Set<JsonValue>();
  const lines = ['{'];
  for (const [name, property] of Object.entries(schema['properties'] as JsonObject)) {
    const described = isObject(property) ? property['description'] : undefined;
    if (typeof described === 'string') lines.push(commented(described));
    const preset =
      isObject(property) && property['default'] !== undefined
        ? ` // default: ${toJson(property['default'])}`
        : '';
    lines.push(`${name}${required.has(name) ? '' : '?'}: ${typeOf(property, depth + 1)},${preset}`);
  }
  lines.push('}');
  return lines.join('\n');
}

function hasProperties(schema: JsonObject): boolean {
  return isObject(schema['properties']) && Object.keys(schema['properties']).length > 0;
}

function commented(text: string): string {
  return `// ${text}`;
}
