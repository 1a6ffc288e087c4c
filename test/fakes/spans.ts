/** Spans as instrumentations send them, for tests. */
import type { AttributeValue, Span } from '../../src/inform/telemetry/otlp.ts';

export const START_MS = Date.UTC(2026, 9, 5, 12);

/** A span with the given attributes; give it an id where a test has several. */
export function spanWith(
  attributes: Readonly<Record<string, AttributeValue>>,
  more: Partial<Omit<Span, 'attributes'>> = {},
): Span {
  return {
    traceId: 'a'.repeat(31) + '1',
    spanId: '1'.padStart(16, '0'),
    parentSpanId: '',
    name: 'chat',
    startedAtMs: START_MS,
    durationMs: 1_200,
    failed: false,
    schemaUrl: '',
    attributes: new Map(Object.entries(attributes)),
    ...more,
  };
}

export const GENAI = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-4o',
  'gen_ai.response.model': 'gpt-4o-2024-08-06',
  'gen_ai.response.id': 'chatcmpl-1',
  'gen_ai.usage.input_tokens': 1_248,
  'gen_ai.usage.output_tokens': 100,
  'gen_ai.usage.cache_read.input_tokens': 1_152,
} as const;
