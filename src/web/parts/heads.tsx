interface HeadsProps {
  readonly texts: readonly string[];
  /** Heads of figures, which stand to the right. */
  readonly figures?: readonly string[];
}

/** The head of a table: what rows are, then their figures. */
export function Heads({ texts, figures = [] }: HeadsProps) {
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
      </tr>
    </thead>
  );
}
