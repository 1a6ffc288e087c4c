import type { ForecastAnswer } from '../../../api/contract/forecast.ts';
import { CHANGES } from './outlook.ts';
import type { Outlook } from './use-outlook.ts';
import { hundreds, monthName } from './words.ts';

interface SentenceProps {
  readonly answer: ForecastAnswer;
  readonly outlook: Outlook;
}

/** The answer's own sentence; beside scenarios, what lies between the dearest and the cheapest. */
export function ForecastSentence({ answer, outlook: { base, swing } }: SentenceProps) {
  if (swing === undefined) return <p className="sentence">{answer.sentence}</p>;
  const { highest, lowest, amount } = swing;
  const named = [highest, lowest].filter((one) => one !== base);
  return (
    <p className="sentence">
      {monthName(base.last.month)} costs{' '}
      {named.map(({ key, name, last }, at) => (
        <span key={key}>
          {at > 0 && ' and '}
          <b>{hundreds(last.cost)}</b> with {key === CHANGES ? 'your changes' : name}
        </span>
      ))}
      , as it goes <b>{hundreds(base.last.cost)}</b>. What lies between is ours to decide:{' '}
      <b>{hundreds(amount)} a month</b>.
    </p>
  );
}
