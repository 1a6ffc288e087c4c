interface HeadsProps {
  readonly texts: readonly string[];
  /** Heads of figures, which stand to the right. */
  readonly figures?: readonly string[];
  /** Whether each row ends with what can be done with it. */
  readonly acts?: boolean;
}

/** The head of a table: what rows are, then their figures. */
export function Heads({ texts, figures = [], acts }: HeadsProps) {
  return (
    <thead>
      <tr>
        {texts.map((text) => (
          <th key={text} scope="col">
            {text}
          </th>
        ))}
        {figures.map((figure) => (
          <th key={figure} scope="col" className="num">
            {figure}
          </th>
        ))}
        {acts && (
          <th scope="col">
            <span className="sr">What can be done</span>
          </th>
        )}
      </tr>
    </thead>
  );
}
