/**
 * What runs at the demo company: nine workflows, each a few lanes (one model, one place, one habit), as data.
 * A lane's shares and shapes are typical of its kind of work; how many calls and tokens come of them is worked out in `load.ts`.
 */
import type { InputPart } from '../units/tokens.ts';
import type { Rhythm } from './calendar.ts';
import type { Environment, Team } from './company.ts';
import { ramp } from './stories.ts';
import type { Stories } from './stories.ts';

export interface Model {
  readonly name: string;
  readonly provider: 'anthropic' | 'openai' | 'google' | 'aws';
  /** Milliseconds to the first token, and per token after it. */
  readonly firstTokenMs: number;
  readonly perTokenMs: number;
}

/** Eleven models of four providers; none has a price that depends on the size of a request, so that sums price like calls. */
export const MODELS = {
  opus: { name: 'claude-opus-4-8', provider: 'anthropic', firstTokenMs: 900, perTokenMs: 17 },
  oldSonnet: { name: 'claude-sonnet-4-0', provider: 'anthropic', firstTokenMs: 640, perTokenMs: 13 },
  sonnet: { name: 'claude-sonnet-5', provider: 'anthropic', firstTokenMs: 520, perTokenMs: 11 },
  haiku: { name: 'claude-haiku-4-5', provider: 'anthropic', firstTokenMs: 300, perTokenMs: 6 },
  gpt: { name: 'gpt-5.2', provider: 'openai', firstTokenMs: 700, perTokenMs: 12 },
  gptMini: { name: 'gpt-5.4-mini', provider: 'openai', firstTokenMs: 340, perTokenMs: 7 },
  embedding: { name: 'text-embedding-3-small', provider: 'openai', firstTokenMs: 60, perTokenMs: 0 },
  flash: { name: 'gemini-2.5-flash', provider: 'google', firstTokenMs: 380, perTokenMs: 5 },
  newFlash: { name: 'gemini-3.5-flash', provider: 'google', firstTokenMs: 350, perTokenMs: 6 },
  awsSonnet: {
    name: 'global.anthropic.claude-sonnet-5-v1:0',
    provider: 'aws',
    firstTokenMs: 700,
    perTokenMs: 13,
  },
  awsHaiku: {
    name: 'global.anthropic.claude-haiku-4-5-20251001-v1:0',
    provider: 'aws',
    firstTokenMs: 420,
    perTokenMs: 7,
  },
} as const satisfies Record<string, Model>;

/** What input is made of, part by part; the rest is framing. */
export type InputShares = ReadonlyArray<readonly [InputPart, number]>;

export interface Lane {
  readonly model: Model;
  /** Share of the workflow's calls; shares of a workflow sum to 1 at any time. */
  readonly share: (stories: Stories, atMs: number) => number;
  readonly environment: Environment;
  /** `batch`: half the price, answered at night. */
  readonly tier: '' | 'batch';
  readonly stream: boolean;
  readonly customers: boolean;
  /** Tokens of one call relative to the workflow's mean. */
  readonly inputTimes: number;
  readonly outputTimes: number;
  /** Shares of input; the rest is fresh. */
  readonly cacheRead: number;
  readonly write5m: number;
  readonly write1h: number;
  readonly audio: number;
  /** Share of output. */
  readonly reasoning: number;
  readonly toolCalls: number;
  readonly searchesPerCall: number;
  /** Calls of one request of a user. */
  readonly fanOut: number;
  /** Share of first attempts that fail and are tried again, and of answers that the client leaves. */
  readonly failing: number;
  readonly leaving: number;
  readonly input: InputShares;
  /** Kept once in so many hours where single calls are not kept: small lanes make few lines. */
  readonly everyHours: number;
  /** The model that takes over when the provider is out. */
  readonly fallback?: Model;
}

export interface Workflow {
  /** Empty: the calls that nobody ever tagged. */
  readonly name: string;
  readonly team: Team | '';
  readonly rhythm: Rhythm;
  /** The known month: calls, input tokens per call, dollars. */
  readonly calls: number;
  readonly inputTokens: number;
  readonly dollars: number;
  /** Near what the dollars leave for output; worked out exactly by calibration. */
  readonly outputTokens: number;
  readonly lanes: readonly Lane[];
}

function made(shares: { readonly [part in InputPart]?: number }): InputShares {
  return Object.entries(shares) as Array<[InputPart, number]>;
}

const CHAT = made({ system: 0.16, tools: 0.1, history: 0.34, retrieval: 0.31, user: 0.08 });
const AGENT = made({ system: 0.12, tools: 0.26, history: 0.4, retrieval: 0.16, user: 0.05 });
const DOCUMENT = made({ system: 0.14, tools: 0.04, retrieval: 0.74, user: 0.07 });
const SHORT = made({ system: 0.38, history: 0.12, user: 0.48 });

const always =
  (share: number): Lane['share'] =>
  () =>
    share;

function lane(model: Model, share: Lane['share'], more: Partial<Lane> = {}): Lane {
  return {
    model,
    share,
    environment: 'production',
    tier: '',
    stream: true,
    customers: false,
    inputTimes: 1,
    outputTimes: 1,
    cacheRead: 0,
    write5m: 0,
    write1h: 0,
    audio: 0,
    reasoning: 0,
    toolCalls: 0.05,
    searchesPerCall: 0,
    fanOut: 1,
    failing: 0.006,
    leaving: 0.008,
    input: CHAT,
    everyHours: 1,
    ...more,
  };
}

const { opus, oldSonnet, sonnet, haiku, gpt, gptMini, embedding, flash, newFlash, awsSonnet, awsHaiku } =
  MODELS;

export const WORKFLOWS: readonly Workflow[] = [
  {
    name: 'Support copilot',
    team: 'CX',
    rhythm: 'customers',
    calls: 1_240_000,
    inputTokens: 6_800,
    dollars: 41_800,
    outputTokens: 210,
    lanes: [
      lane(opus, always(0.88), {
        customers: true,
        cacheRead: 0.105,
        write5m: 0.03,
        write1h: 0.01,
        toolCalls: 0.18,
        fanOut: 3,
        fallback: awsSonnet,
      }),
      lane(awsSonnet, always(0.1), { customers: true, cacheRead: 0.1, fanOut: 3, everyHours: 8 }),
      lane(haiku, always(0.02), { environment: 'staging', everyHours: 12 }),
    ],
  },
  {
    name: 'Contract extraction',
    team: 'Legal Ops',
    rhythm: 'month-end',
    calls: 210_000,
    inputTokens: 12_400,
    dollars: 24_200,
    outputTokens: 3_600,
    lanes: [
      lane(opus, always(0.6), {
        customers: true,
        stream: false,
        cacheRead: 0.08,
        write1h: 0.03,
        reasoning: 0.42,
        toolCalls: 0.2,
        input: DOCUMENT,
        fallback: awsSonnet,
      }),
      lane(gpt, always(0.28), {
        customers: true,
        stream: false,
        cacheRead: 0.12,
        reasoning: 0.5,
        input: DOCUMENT,
        everyHours: 4,
      }),
      lane(gpt, always(0.12), {
        tier: 'batch',
        stream: false,
        reasoning: 0.5,
        input: DOCUMENT,
        leaving: 0,
        everyHours: 12,
      }),
    ],
  },
  {
    name: 'Sales research agent',
    team: 'Revenue',
    rhythm: 'office',
    calls: 96_000,
    inputTokens: 9_100,
    dollars: 17_600,
    outputTokens: 4_500,
    lanes: [
      lane(opus, always(0.9), {
        cacheRead: 0.2,
        write5m: 0.06,
        reasoning: 0.55,
        toolCalls: 0.25,
        searchesPerCall: 3,
        fanOut: 9,
        input: AGENT,
        fallback: awsSonnet,
      }),
      lane(gpt, always(0.08), { reasoning: 0.6, toolCalls: 0.2, fanOut: 9, input: AGENT, everyHours: 8 }),
      lane(gptMini, always(0.02), { environment: 'development', input: AGENT, everyHours: 12 }),
    ],
  },
  {
    name: 'Internal knowledge bot',
    team: 'IT',
    rhythm: 'office',
    calls: 880_000,
    inputTokens: 3_200,
    dollars: 15_400,
    outputTokens: 1_250,
    lanes: [
      lane(oldSonnet, ({ migration }, atMs) => 0.62 * (1 - ramp(migration, atMs)), {
        cacheRead: 0.22,
        write5m: 0.05,
        inputTimes: 1.12,
      }),
      lane(sonnet, ({ migration }, atMs) => 0.62 * ramp(migration, atMs), {
        cacheRead: 0.22,
        write5m: 0.05,
        inputTimes: 1.12,
        fallback: awsSonnet,
      }),
      lane(newFlash, always(0.26), { cacheRead: 0.15, inputTimes: 1.12, everyHours: 6 }),
      lane(embedding, always(0.12), {
        stream: false,
        inputTimes: 0.02,
        outputTimes: 0,
        failing: 0,
        leaving: 0,
        input: made({ user: 1 }),
        everyHours: 12,
      }),
    ],
  },
  {
    name: 'Marketing drafting',
    team: 'Brand',
    rhythm: 'office',
    calls: 140_000,
    inputTokens: 2_400,
    dollars: 6_600,
    outputTokens: 1_700,
    lanes: [
      lane(opus, always(0.7), { write5m: 0.04, cacheRead: 0.05, input: SHORT, fallback: awsSonnet }),
      lane(gpt, always(0.3), { reasoning: 0.25, input: SHORT, everyHours: 6 }),
    ],
  },
  {
    name: 'Code review bot',
    team: 'Engineering',
    rhythm: 'office',
    calls: 62_000,
    inputTokens: 3_400,
    dollars: 1_240,
    outputTokens: 1_300,
    lanes: [
      lane(oldSonnet, ({ migration }, atMs) => 0.9 * (1 - ramp(migration, atMs)), {
        stream: false,
        reasoning: 0.3,
        input: AGENT,
        everyHours: 6,
      }),
      lane(sonnet, ({ migration }, atMs) => 0.9 * ramp(migration, atMs), {
        stream: false,
        reasoning: 0.3,
        input: AGENT,
        everyHours: 6,
        fallback: awsSonnet,
      }),
      lane(gptMini, always(0.1), { environment: 'development', stream: false, input: AGENT, everyHours: 12 }),
    ],
  },
  {
    name: 'E-mail drafts',
    team: 'Revenue',
    rhythm: 'office',
    calls: 118_000,
    inputTokens: 1_300,
    dollars: 590,
    outputTokens: 740,
    lanes: [lane(haiku, always(1), { customers: true, input: SHORT, everyHours: 6, fallback: awsHaiku })],
  },
  {
    name: 'Nightly batch summaries',
    team: 'Engineering',
    rhythm: 'nightly',
    calls: 56_000,
    inputTokens: 2_600,
    dollars: 210,
    outputTokens: 950,
    lanes: [
      lane(haiku, always(1), {
        tier: 'batch',
        stream: false,
        input: DOCUMENT,
        leaving: 0,
        everyHours: 12,
      }),
    ],
  },
  {
    name: 'Voice notes',
    team: 'CX',
    rhythm: 'customers',
    calls: 44_000,
    inputTokens: 1_500,
    dollars: 160,
    outputTokens: 850,
    lanes: [
      lane(flash, always(1), {
        customers: true,
        audio: 0.8,
        stream: false,
        input: made({ media: 0.8, system: 0.2 }),
        everyHours: 12,
      }),
    ],
  },
  {
    name: '',
    team: '',
    rhythm: 'office',
    calls: 40_000,
    inputTokens: 805,
    dollars: 2_200,
    outputTokens: 2_200,
    lanes: [
      lane(opus, always(0.75), { input: SHORT, everyHours: 4 }),
      lane(gptMini, always(0.25), { input: SHORT, everyHours: 12 }),
    ],
  },
];
