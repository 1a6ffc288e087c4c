import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parse } from 'csv-parse/sync';
import { describe, expect, onTestFinished, test } from 'vitest';

import { loadReplay, startSimulator } from './simulator.ts';

const RECORDED = '../shared/fixtures/outcomes/gsm8k-two-models.csv';
const COLUMNS = {
  'sim-small': 'mistralai/Mixtral-8x7B-Instruct-v0.1_response',
  'sim-large': 'gpt-4-1106-preview_response',
};

async function fileOf(name: string, text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'setpoint-replay-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

test('white space and Unicode form do not make another prompt', async () => {
  const replay = await loadReplay({
    file: await fileOf('a.csv', 'prompt,answer\n"Caf\u00e9  at\nnoon?",yes\n'),
    promptColumn: 'prompt',
    models: { m: 'answer' },
  });
  expect(replay.prompts).toBe(1);
  expect(replay.find('m', ' Cafe\u0301 at noon? ')).toBe('yes');
  expect(replay.find('m', 'cafe at noon?')).toBeUndefined();
  expect(replay.find('other', 'Caf\u00e9 at noon?')).toBeUndefined();
});

test('JSON lines are read too, and a field that is missing on a later line is no answer', async () => {
  const lines = '{"q":"one","a":"1","b":"eins"}\n{"q":"two","a":"2"}\n';
  const replay = await loadReplay({
    file: await fileOf('a.jsonl', lines),
    promptColumn: 'q',
    models: { small: 'a', large: 'b' },
  });
  expect(replay.find('small', 'two')).toBe('2');
  expect(replay.find('large', 'one')).toBe('eins');
  expect(replay.find('large', 'two')).toBeUndefined();
});

test('a missing column and a contradiction are refused by name', async () => {
  const file = await fileOf('a.csv', 'prompt,answer\nx,1\n x ,2\n');
  await expect(loadReplay({ file, promptColumn: 'question', models: { m: 'answer' } })).rejects.toThrow(
    'no column "question"',
  );
  await expect(loadReplay({ file, promptColumn: 'prompt', models: { m: 'answer' } })).rejects.toThrow(
    'two different answers of m',
  );
});

test('a prompt that is not recorded is refused in both dialects, never invented, and not booked', async () => {
  const replay = await loadReplay({
    file: await fileOf('a.csv', 'prompt,answer\nknown,recorded\n'),
    promptColumn: 'prompt',
    models: { m: 'answer' },
  });
  const simulator = await startSimulator({ host: '127.0.0.1', port: 0, seed: 'test', timeScale: 0, replay });
  try {
    const ask = { model: 'm', max_tokens: 50, messages: [{ role: 'user', content: 'unknown' }] };
    const openai = await fetch(`${simulator.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(ask),
    });
    expect(openai.status).toBe(404);
    expect(await openai.json()).toMatchObject({
      error: { type: 'invalid_request_error', code: 'prompt_not_recorded' },
    });
    const anthropic = await fetch(`${simulator.url}/v1/messages`, {
      method: 'POST',
      body: JSON.stringify(ask),
    });
    expect(anthropic.status).toBe(404);
    expect(await anthropic.json()).toMatchObject({ type: 'error', error: { type: 'not_found_error' } });
    expect(simulator.book()).toEqual([]);
  } finally {
    await simulator.close();
  }
});

describe.skipIf(!existsSync(RECORDED))(
  `with the recorded prompts${existsSync(RECORDED) ? '' : ` (skipped: ${RECORDED} is absent)`}`,
  () => {
    test('every answer of both models is found word for word, as csv-parse reads the file', async () => {
      const rows: Array<Record<string, string>> = parse(readFileSync(RECORDED, 'utf8'), { columns: true });
      expect(rows).toHaveLength(1319);
      expect(rows.some((row) => row[COLUMNS['sim-small']]?.includes('\n'))).toBe(true);
      const replay = await loadReplay({ file: RECORDED, promptColumn: 'prompt', models: COLUMNS });
      expect(replay.prompts).toBe(1319);
      for (const row of rows) {
        for (const [model, column] of Object.entries(COLUMNS))
          expect(replay.find(model, row['prompt'] ?? '')).toBe(row[column]);
      }
    });
  },
);
