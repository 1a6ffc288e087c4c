import type { ReactNode } from 'react';

interface GroupProps {
  readonly title: string;
  readonly note?: string;
  readonly children: ReactNode;
}

/** One part of the house with all its states. */
export function Group({ title, note, children }: GroupProps) {
  return (
    <section className="card" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {note !== undefined && <p>{note}</p>}
      </header>
      <div className="body gallery">{children}</div>
    </section>
  );
}

/** One state, under its name. */
export function Example({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="gallery-state">
      <h3>{name}</h3>
      {children}
    </div>
  );
}
