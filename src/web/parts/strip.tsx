import { countText, shareText } from '../../units/figures.ts';

const MARKS: Readonly<Record<string, { readonly mark: string; readonly label: string }>> = {
  system: { mark: 'c-sys', label: 'System' },
  tools: { mark: 'c-tools', label: 'Tools' },
  history: { mark: 'c-hist', label: 'History' },
  retrieval: { mark: 'c-ret', label: 'Retrieval' },
  user: { mark: 'c-user', label: 'User' },
  media: { mark: 'c-media', label: 'Media' },
  overhead: { mark: 'c-over', label: 'Overhead' },
  unknown: { mark: 'c-unk', label: 'Unknown' },
  text: { mark: 'c-text', label: 'Text' },
  reasoning: { mark: 'c-reas', label: 'Reasoning' },
  toolCalls: { mark: 'c-call', label: 'Tool calls' },
};

/** What tokens were made of: a strip in the fixed order of parts, and the same figures as a table. */
export function CompositionStrip({
  title,
  basis,
  parts,
}: {
  readonly title: string;
  readonly basis: string;
  readonly parts: Readonly<Record<string, number>>;
}) {
  const shown = Object.entries(MARKS).flatMap(([part, look]) => {
    const tokens = parts[part] ?? 0;
    return tokens > 0 ? [{ part, tokens, ...look }] : [];
  });
  const total = shown.reduce((sum, { tokens }) => sum + tokens, 0);
  if (total === 0) return null;
  return (
    <section>
      <h2>
        {title}{' '}
        <em>
          {countText(total)} tokens{basis === 'exact' ? '' : `, ${basis}`}
        </em>
      </h2>
      <div className="strip" aria-hidden="true">
        {shown.map(({ part, tokens, mark }) => (
          <i key={part} className={mark} style={{ '--n': tokens } as React.CSSProperties} />
        ))}
      </div>
      <table className="receipt key">
        <caption className="sr">{title}</caption>
        <thead className="sr">
          <tr>
            <th scope="col">Part</th>
            <th scope="col">Tokens</th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ part, tokens, mark, label }) => (
            <tr key={part}>
              <td>
                <i className={`swatch ${mark}`} /> {label}
              </td>
              <td className="num">{countText(tokens)}</td>
              <td className="num">{shareText(tokens / total, 1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
