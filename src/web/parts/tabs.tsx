/** The views of one page or one card, of which one is shown. Arrow keys walk, and the one that is walked to is shown. */
import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';

export interface TabView {
  readonly name: string;
  readonly label: string;
  readonly content: ReactNode;
}

interface TabsProps {
  readonly label: string;
  readonly value: string;
  readonly views: readonly TabView[];
  readonly onChange: (name: string) => void;
}

export function Tabs({ label, value, views, onChange }: TabsProps) {
  const shown = views.some(({ name }) => name === value) ? value : views[0]?.name;
  return (
    <Base.Root
      className="tabs"
      value={shown ?? null}
      onValueChange={(name: unknown) => typeof name === 'string' && onChange(name)}
    >
      <Base.List className="tab-list" aria-label={label} activateOnFocus>
        {views.map(({ name, label: text }) => (
          <Base.Tab key={name} value={name} className="tab">
            {text}
          </Base.Tab>
        ))}
      </Base.List>
      {views.map(({ name, content }) => (
        <Base.Panel key={name} value={name} className="tab-panel">
          {content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
