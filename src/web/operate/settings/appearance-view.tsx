import { Switch } from '@base-ui/react/switch';
import { useId, useState } from 'react';

import { density, singleKeys, turnDensity } from '../../parts/kept.ts';
import { onLink } from '../../parts/path.ts';
import { Segments } from '../../parts/segments.tsx';
import { chooseTheme, themeChoice } from '../../parts/theme.ts';
import type { ThemeChoice } from '../../parts/theme.ts';

const THEMES = { system: 'As the system', light: 'Light', dark: 'Dark' } as const;

/** How it looks and listens in this browser; nothing of it reaches the server. */
export function AppearanceView() {
  const [theme, setTheme] = useState(themeChoice);
  const rows = density.use();
  const keys = singleKeys.use();
  return (
    <section className="card" aria-labelledby="appearance">
      <header>
        <h2 id="appearance">Appearance</h2>
        <p>Kept in this browser</p>
      </header>
      <div className="body stack-tight">
        <div className="choice-row">
          <span>
            Theme
            <small>Light, dark, or as the system has it.</small>
          </span>
          <Segments
            label="Theme"
            value={theme}
            choices={THEMES}
            onChange={(chosen) => {
              chooseTheme(chosen as ThemeChoice);
              setTheme(chosen as ThemeChoice);
            }}
          />
        </div>
        <Option
          label="Compact rows"
          note="More of a table in sight."
          on={rows === 'compact'}
          onTurn={turnDensity}
        />
        <Option
          label="Shortcuts of a single key"
          note="Off: only the palette’s keys act, so that speech input and slips of the hand do nothing."
          on={keys === 'on'}
          onTurn={() => singleKeys.set(keys === 'on' ? 'off' : 'on')}
        />
      </div>
      <footer>
        <a href="/parts" onClick={onLink('parts')}>
          Every part that pages are made of
        </a>
      </footer>
    </section>
  );
}

interface OptionProps {
  readonly label: string;
  readonly note: string;
  readonly on: boolean;
  readonly onTurn: () => void;
}

function Option({ label, note, on, onTurn }: OptionProps) {
  const id = useId();
  return (
    <div className="choice-row">
      <span>
        <span id={id}>{label}</span>
        <small id={`${id}note`}>{note}</small>
      </span>
      <Switch.Root
        className="switch"
        checked={on}
        onCheckedChange={onTurn}
        aria-labelledby={id}
        aria-describedby={`${id}note`}
      >
        <Switch.Thumb className="switch-thumb" />
      </Switch.Root>
    </div>
  );
}
