/** One call in the words of each client, with the address of this installation. Pure. */

export interface SnippetAsk {
  /** `http://127.0.0.1:4000`, without a trailing slash. */
  readonly base: string;
  /** Empty: calls without a key are served. */
  readonly key: string;
  readonly models: Readonly<Record<Dialect, string>>;
}
export type Dialect = 'openai' | 'anthropic' | 'google';

export interface Snippet {
  readonly name: string;
  readonly label: string;
  /** Whose models it asks for. */
  readonly dialect: Dialect;
  /** What has to be installed first; empty: nothing. */
  readonly install: string;
  readonly code: string;
}

/** Clients refuse to start without a key; while none is needed any word will do. */
const NO_KEY = 'unkeyed';
const ASKED = 'Where is my order?';

export function snippetsOf({ base, key, models }: SnippetAsk): Snippet[] {
  const secret = key === '' ? NO_KEY : key;
  const { openai, anthropic, google } = models;
  return [
    snippet('curl', 'curl', 'openai', '', curl(base, key, openai)),
    snippet(
      'openai-python',
      'OpenAI, Python',
      'openai',
      'pip install openai',
      openaiPython(base, secret, openai),
    ),
    snippet(
      'openai-ts',
      'OpenAI, TypeScript',
      'openai',
      'npm install openai',
      openaiTypeScript(base, secret, openai),
    ),
    snippet(
      'anthropic-python',
      'Anthropic, Python',
      'anthropic',
      'pip install anthropic',
      anthropicPython(base, secret, anthropic),
    ),
    snippet(
      'gemini',
      'Gemini, Python',
      'google',
      'pip install google-genai',
      geminiPython(base, secret, google),
    ),
    snippet(
      'langchain',
      'LangChain',
      'openai',
      'pip install langchain-openai',
      langchainPython(base, secret, openai),
    ),
  ];
}

function snippet(name: string, label: string, dialect: Dialect, install: string, code: string): Snippet {
  return { name, label, dialect, install, code };
}

function curl(base: string, key: string, model: string): string {
  return [
    `curl ${base}/v1/chat/completions`,
    ...(key === '' ? [] : [`-H 'authorization: Bearer ${key}'`]),
    `-H 'content-type: application/json'`,
    `-H 'x-setpoint-workflow: support' -H 'x-setpoint-team: CX'`,
    `-d '${JSON.stringify({ model, messages: [{ role: 'user', content: ASKED }] })}'`,
  ].join(' \\\n  ');
}

function openaiPython(base: string, secret: string, model: string): string {
  return `from openai import OpenAI

client = OpenAI(
    base_url="${base}/v1",
    api_key="${secret}",
    default_headers={"x-setpoint-workflow": "support", "x-setpoint-team": "CX"},
)
answer = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "${ASKED}"}],
)
print(answer.choices[0].message.content)`;
}

function openaiTypeScript(base: string, secret: string, model: string): string {
  return `import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: '${base}/v1',
  apiKey: '${secret}',
  defaultHeaders: { 'x-setpoint-workflow': 'support', 'x-setpoint-team': 'CX' },
});
const answer = await client.chat.completions.create({
  model: '${model}',
  messages: [{ role: 'user', content: '${ASKED}' }],
});
console.log(answer.choices[0]?.message.content);`;
}

function anthropicPython(base: string, secret: string, model: string): string {
  return `from anthropic import Anthropic

client = Anthropic(
    base_url="${base}",
    api_key="${secret}",
    default_headers={"x-setpoint-workflow": "support", "x-setpoint-team": "CX"},
)
answer = client.messages.create(
    model="${model}",
    max_tokens=256,
    messages=[{"role": "user", "content": "${ASKED}"}],
)
print(answer.content[0].text)`;
}

function geminiPython(base: string, secret: string, model: string): string {
  return `from google import genai

client = genai.Client(
    api_key="${secret}",
    http_options={
        "base_url": "${base}",
        "headers": {"x-setpoint-workflow": "support", "x-setpoint-team": "CX"},
    },
)
answer = client.models.generate_content(model="${model}", contents="${ASKED}")
print(answer.text)`;
}

function langchainPython(base: string, secret: string, model: string): string {
  return `from langchain_openai import ChatOpenAI

model = ChatOpenAI(
    base_url="${base}/v1",
    api_key="${secret}",
    model="${model}",
    default_headers={"x-setpoint-workflow": "support", "x-setpoint-team": "CX"},
)
print(model.invoke("${ASKED}").content)`;
}
