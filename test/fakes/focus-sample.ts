/** A month of a company's use of models, with all that a FOCUS file has to tell apart; and files as text to plant faults in. */
import { createDice } from '../conformance/ledger-samples.ts';
import type { Use } from './uses.ts';

export const OCTOBER = { fromMs: Date.UTC(2026, 9, 1), toMs: Date.UTC(2026, 10, 1) };

const MODELS = [
  {
    provider: 'openai',
    model: 'gpt-x',
    account: 'org-1',
    region: '',
    rates: { freshIn: '2.5', cacheRead: '1.25', textOut: '10' },
  },
  {
    provider: 'anthropic',
    model: 'claude-x',
    account: 'org-2',
    region: 'us-east-1',
    rates: {
      freshIn: '3',
      cacheRead: '0.3',
      cacheWrite5m: '3.75',
      cacheWrite1h: '6',
      textOut: '15',
      webSearch: '10000',
    },
  },
  {
    provider: 'bedrock',
    model: 'anthropic.claude-x',
    account: '',
    region: 'eu-west-1',
    rates: { freshIn: '3.000000000001', textOut: '15.000000000007' },
  },
] as const;

export function sampleUses(seed = 7, count = 400): readonly Use[] {
  const dice = createDice(seed);
  const days = (OCTOBER.toMs - OCTOBER.fromMs) / 3_600_000;
  const plain = Array.from({ length: count }, (): Use => {
    const { rates, ...who } = dice.one(MODELS);
    const [bucket, rate] = dice.one(Object.entries(rates)) as [string, string];
    const is = {
      ...who,
      bucket,
      rate,
      workflow: dice.one(['support', 'contracts, "long"', '']),
      team: dice.one(['CX', 'Legal']),
      customer: dice.one(['acme', 'globex', '']),
      serviceTier: dice.one(['', '', 'batch']),
    };
    return { atMs: OCTOBER.fromMs + dice.number(days) * 3_600_000, is, units: 1 + dice.number(100_000) };
  });
  const at = OCTOBER.fromMs + 40 * 3_600_000;
  const who = { provider: 'openai', model: 'gpt-x', account: 'org-1', team: 'CX', workflow: 'support' };
  return [
    ...plain,
    { atMs: at, is: { ...who, bucket: 'freshIn', rate: '2' }, units: 50_000, listRate: '2.5' },
    { atMs: at, is: { ...who, bucket: 'textOut', rate: '4', serviceTier: 'provisioned' }, units: 9_000 },
    { atMs: at, is: { ...who, bucket: 'freshIn', rate: '' }, units: 1_234 },
    { atMs: at, is: { ...who }, units: 0, cost: '-0.25' },
    {
      atMs: at,
      is: { ...who, bucket: 'textOut', rate: '10', cause: 'price-drift', forMonth: '2026-09' },
      units: -3,
    },
  ];
}

/** A CSV file as its cells, to change some and write it again. */
export interface Sheet {
  readonly header: string[];
  readonly rows: string[][];
}

export function sheetOf(csv: string): Sheet {
  const [header = [], ...rows] = csv
    .trimEnd()
    .split('\n')
    .map((line) => [...line.matchAll(/(?:^|,)("(?:[^"]|"")*"|[^,]*)/g)].map((match) => match[1] ?? ''));
  return { header, rows };
}

export function textOf({ header, rows }: Sheet): string {
  return `${[header, ...rows].map((cells) => cells.join(',')).join('\n')}\n`;
}
