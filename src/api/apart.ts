/** What names nobody as rows of its own, however small: a limit must not hide it among everything else. */
import type { Answer, Figures, LedgerReader, Question } from '../ledger/question.ts';
import { parseDollars } from '../units/money.ts';

/** Dimensions that somebody should have named. */
const OWNED: ReadonlySet<string> = new Set(['workflow', 'team', 'customer']);
/** Lines that arrive between the questions make them answers of different states; then they are put again. */
const MOST_TRIES = 3;

/** Rows of the first dimension's unattributed come last, beyond the limit; rows + other = total as ever. */
export async function askApart(ledger: Pick<LedgerReader, 'ask'>, question: Question): Promise<Answer> {
  const [first = ''] = question.by;
  const measures = [...new Set([...question.of, 'cost', 'calls'] as const)];
  for (let left = MOST_TRIES; ; left -= 1) {
    const answer = await ledger.ask({ ...question, of: measures });
    const isThere = answer.rows.some(({ group }) => group[0] === '');
    if (answer.other === null || isThere || !OWNED.has(first)) return only(question, answer);
    const among = (condition: object): Promise<Answer> =>
      ledger.ask({
        ...question,
        of: measures,
        where: [...question.where, { dimension: question.by[0] as 'workflow', ...condition }],
      });
    const [nobody, named] = await Promise.all([among({ is: [''] }), among({ not: [''] })]);
    if (nobody.rows.length === 0 || nobody.other !== null) return only(question, answer);
    if (left > 1 && !areParts(answer.total, nobody.total, named.total)) continue;
    const ofAll = (figures: Figures): Figures => withShare(figures, answer.total);
    return only(question, {
      ...answer,
      rows: [...named.rows, ...nobody.rows].map(({ group, figures }) => ({ group, figures: ofAll(figures) })),
      other: named.other === null ? null : ofAll(named.other),
    });
  }
}

function areParts(whole: Figures, ...parts: readonly Figures[]): boolean {
  const cost = parts.reduce((sum, part) => sum + parseDollars(part.cost ?? '0'), 0n);
  const calls = parts.reduce((sum, part) => sum + (part.calls ?? 0), 0);
  return cost === parseDollars(whole.cost ?? '0') && calls === whole.calls;
}

/** For the length of a mark and its percentage; money stays text. */
function withShare(figures: Figures, { cost }: Figures): Figures {
  if (figures.share === undefined) return figures;
  return { ...figures, share: Number(cost) === 0 ? null : Number(figures.cost) / Number(cost) };
}

/** Without the measures that were asked for beside the question's own. */
function only({ of }: Question, answer: Answer): Answer {
  const asked = (figures: Figures): Figures =>
    Object.fromEntries(Object.entries(figures).filter(([name]) => (of as readonly string[]).includes(name)));
  return {
    ...answer,
    rows: answer.rows.map(({ group, figures }) => ({ group, figures: asked(figures) })),
    other: answer.other === null ? null : asked(answer.other),
    total: asked(answer.total),
  };
}
