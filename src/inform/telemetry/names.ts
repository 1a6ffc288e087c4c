/**
 * What an attribute means, by its name: OpenTelemetry GenAI in its generations, OpenInference, and what instrumentations
 * that came before either still send. Data only: a new convention is a new row. The first name that a span has counts;
 * names of one meaning are never added.
 */
export type Meaning =
  | 'provider'
  | 'operation'
  | 'kind'
  | 'modelRequested'
  | 'modelReturned'
  | 'responseId'
  | 'input'
  | 'output'
  | 'cacheRead'
  | 'cacheWrite'
  | 'reasoning'
  | 'audioIn'
  | 'audioOut'
  | 'workflow'
  | 'team'
  | 'customer'
  | 'session'
  | 'metadata'
  | 'labels'
  | 'finishReason'
  | 'firstByteSeconds'
  | 'claimedCost'
  | 'serviceTier'
  | 'error';

export const NAMES: Readonly<Record<Meaning, readonly string[]>> = {
  provider: ['gen_ai.provider.name', 'gen_ai.system', 'llm.provider', 'llm.system'],
  operation: ['gen_ai.operation.name', 'llm.request.type'],
  kind: ['openinference.span.kind', 'traceloop.span.kind'],
  modelRequested: [
    'gen_ai.request.model',
    'llm.request.model_name',
    'llm.model_name',
    'embedding.model_name',
  ],
  modelReturned: ['gen_ai.response.model', 'llm.response.model_name'],
  responseId: ['gen_ai.response.id'],
  input: [
    'gen_ai.usage.input_tokens',
    'gen_ai.usage.prompt_tokens',
    'llm.token_count.prompt',
    'llm.usage.prompt_tokens',
  ],
  output: [
    'gen_ai.usage.output_tokens',
    'gen_ai.usage.completion_tokens',
    'llm.token_count.completion',
    'llm.usage.completion_tokens',
  ],
  cacheRead: [
    'gen_ai.usage.cache_read.input_tokens',
    'gen_ai.usage.cache_read_input_tokens',
    'gen_ai.usage.input_tokens.cached',
    'llm.token_count.prompt_details.cache_read',
  ],
  cacheWrite: [
    'gen_ai.usage.cache_creation.input_tokens',
    'gen_ai.usage.cache_write.input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
    'llm.token_count.prompt_details.cache_write',
  ],
  reasoning: [
    'gen_ai.usage.reasoning.output_tokens',
    'gen_ai.usage.output_tokens.reasoning',
    'llm.token_count.completion_details.reasoning',
  ],
  audioIn: ['gen_ai.usage.audio.input_tokens', 'llm.token_count.prompt_details.audio'],
  audioOut: ['gen_ai.usage.audio.output_tokens', 'llm.token_count.completion_details.audio'],
  workflow: [
    'setpoint.workflow',
    'gen_ai.workflow.name',
    'traceloop.workflow.name',
    'gen_ai.agent.name',
    'traceloop.entity.name',
  ],
  team: ['setpoint.team', 'team', 'team.name'],
  customer: ['setpoint.customer', 'customer.id', 'tenant.id', 'user.id', 'enduser.id'],
  session: ['gen_ai.conversation.id', 'session.id'],
  metadata: ['metadata'],
  labels: ['tag.tags'],
  finishReason: ['gen_ai.response.finish_reasons', 'llm.finish_reason'],
  firstByteSeconds: ['gen_ai.response.time_to_first_chunk'],
  claimedCost: ['llm.cost.total'],
  serviceTier: ['gen_ai.openai.response.service_tier', 'openai.response.service_tier'],
  error: ['error.type'],
};

/** Attributes that become tags, under a shorter name. None of them has many values. */
export const TAG_NAMES: Readonly<Record<string, string>> = {
  'service.name': 'service',
  'service.version': 'serviceVersion',
  'deployment.environment.name': 'environment',
  'deployment.environment': 'environment',
  'gen_ai.agent.name': 'agent',
  'gen_ai.agent.version': 'agentVersion',
};

/** Operations of the GenAI conventions that call a model and are billed for it. `fetch_response` reads what was billed before. */
export const BILLED_OPERATIONS: ReadonlySet<string> = new Set([
  'chat',
  'completion',
  'text_completion',
  'generate_content',
  'embeddings',
  'embedding',
]);

/** Kinds of OpenInference that call a model. */
export const BILLED_KINDS: ReadonlySet<string> = new Set(['LLM', 'EMBEDDING', 'RERANKER']);

/** A provider as the conventions name it: its name here, and the one in the price book. */
export const PROVIDERS: Readonly<Record<string, readonly [name: string, priceProvider: string]>> = {
  openai: ['openai', 'openai'],
  anthropic: ['anthropic', 'anthropic'],
  'aws.bedrock': ['bedrock', 'aws'],
  aws_bedrock: ['bedrock', 'aws'],
  bedrock: ['bedrock', 'aws'],
  'azure.ai.openai': ['azure', 'azure'],
  'azure.ai.inference': ['azure', 'azure'],
  'az.ai.openai': ['azure', 'azure'],
  'az.ai.inference': ['azure', 'azure'],
  azure: ['azure', 'azure'],
  'gcp.gemini': ['google', 'google'],
  'gcp.vertex_ai': ['google', 'google'],
  'gcp.gen_ai': ['google', 'google'],
  gemini: ['google', 'google'],
  vertex_ai: ['google', 'google'],
  vertexai: ['google', 'google'],
  google: ['google', 'google'],
  cohere: ['cohere', 'cohere'],
  deepseek: ['deepseek', 'deepseek'],
  groq: ['groq', 'groq'],
  mistral_ai: ['mistral', 'mistral'],
  mistralai: ['mistral', 'mistral'],
  mistral: ['mistral', 'mistral'],
  moonshot_ai: ['moonshotai', 'moonshotai'],
  perplexity: ['perplexity', 'perplexity'],
  x_ai: ['xai', 'x-ai'],
  xai: ['xai', 'x-ai'],
};
