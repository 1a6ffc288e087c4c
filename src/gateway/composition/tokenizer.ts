/** The tokenizer's thread: texts in, counts out. It answers in order and keeps nothing. */
import { parentPort } from 'node:worker_threads';

import { createTokenizer } from './tokenize.ts';
import type { CountAnswer, CountQuestion } from './thread.ts';
import { NOT_COUNTED } from './thread.ts';

const count = createTokenizer();

parentPort?.on('message', (questions: readonly CountQuestion[]) => {
  const answers: CountAnswer[] = questions.map(({ batch, texts }) => ({
    batch,
    counts: texts.map(countOrDecline),
  }));
  forgetLastMatch();
  parentPort?.postMessage(answers);
});

/** The language keeps the last text that a regular expression matched (`RegExp.input`); let it be none of a caller's. */
function forgetLastMatch(): void {
  /^/.exec('');
}

function countOrDecline(text: string): number {
  try {
    return count(text);
  } catch {
    return NOT_COUNTED; // the estimate stays
  }
}
