/**
 * Ready providers: `preset: groq` stands for an address, a dialect, a name in the price book and the variable that
 * usually holds the key. Whatever a provider's own entry says wins over its preset.
 */
import type { Dialect } from '../rulebook/rulebook.ts';

export interface Preset {
  readonly dialect: Dialect;
  /** Empty: the address is the customer's own and must be stated. */
  readonly baseUrl: string;
  readonly priceProvider: string;
  /** The variable that holds the key; undefined: none is needed. */
  readonly keyVariable: string | undefined;
  /** Header that carries the key, where it is not the dialect's own. */
  readonly keyHeader?: string;
  /** What must be written for `baseUrl`, where it is the customer's own. */
  readonly example?: string;
}

export const PRESETS = {
  openai: {
    dialect: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    priceProvider: 'openai',
    keyVariable: 'OPENAI_API_KEY',
  },
  anthropic: {
    dialect: 'anthropic',
    baseUrl: 'https://api.anthropic.com/v1',
    priceProvider: 'anthropic',
    keyVariable: 'ANTHROPIC_API_KEY',
  },
  google: {
    dialect: 'google',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    priceProvider: 'google',
    keyVariable: 'GEMINI_API_KEY',
  },
  vertex: {
    dialect: 'google',
    baseUrl: '',
    priceProvider: 'google',
    keyVariable: 'VERTEX_ACCESS_TOKEN',
    example:
      'https://europe-west4-aiplatform.googleapis.com/v1/projects/PROJECT/locations/europe-west4/publishers/google',
  },
  azure: {
    dialect: 'azure',
    baseUrl: '',
    priceProvider: 'azure',
    keyVariable: 'AZURE_OPENAI_API_KEY',
    example: 'https://RESOURCE.openai.azure.com',
  },
  'azure-v1': {
    dialect: 'openai',
    baseUrl: '',
    priceProvider: 'azure',
    keyVariable: 'AZURE_OPENAI_API_KEY',
    keyHeader: 'api-key',
    example: 'https://RESOURCE.openai.azure.com/openai/v1',
  },
  bedrock: {
    dialect: 'bedrock',
    baseUrl: '',
    priceProvider: 'aws',
    keyVariable: 'AWS_BEARER_TOKEN_BEDROCK',
    example: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
  },
  openrouter: {
    dialect: 'openai',
    baseUrl: 'https://openrouter.ai/api/v1',
    priceProvider: 'openrouter',
    keyVariable: 'OPENROUTER_API_KEY',
  },
  groq: {
    dialect: 'openai',
    baseUrl: 'https://api.groq.com/openai/v1',
    priceProvider: 'groq',
    keyVariable: 'GROQ_API_KEY',
  },
  deepseek: {
    dialect: 'openai',
    baseUrl: 'https://api.deepseek.com/v1',
    priceProvider: 'deepseek',
    keyVariable: 'DEEPSEEK_API_KEY',
  },
  xai: {
    dialect: 'openai',
    baseUrl: 'https://api.x.ai/v1',
    priceProvider: 'x-ai',
    keyVariable: 'XAI_API_KEY',
  },
  mistral: {
    dialect: 'openai',
    baseUrl: 'https://api.mistral.ai/v1',
    priceProvider: 'mistral',
    keyVariable: 'MISTRAL_API_KEY',
  },
  together: {
    dialect: 'openai',
    baseUrl: 'https://api.together.xyz/v1',
    priceProvider: 'together',
    keyVariable: 'TOGETHER_API_KEY',
  },
  perplexity: {
    dialect: 'openai',
    baseUrl: 'https://api.perplexity.ai/v1',
    priceProvider: 'perplexity',
    keyVariable: 'PERPLEXITY_API_KEY',
  },
  ollama: {
    dialect: 'openai',
    baseUrl: 'http://127.0.0.1:11434/v1',
    priceProvider: 'ollama',
    keyVariable: undefined,
  },
  vllm: {
    dialect: 'openai',
    baseUrl: 'http://127.0.0.1:8000/v1',
    priceProvider: 'vllm',
    keyVariable: undefined,
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as [PresetName, ...PresetName[]];
