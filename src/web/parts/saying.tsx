/** One sentence that says what was just done, seen and read aloud, and gone again. */
import { useEffect } from 'react';

import { openStore } from './store.ts';

const SAID_MS = 4_000;
const said = openStore('');

export const say = said.set;

export function Saying() {
  const text = said.use();
  useEffect(() => {
    if (text === '') return undefined;
    const timer = setTimeout(() => said.set(''), SAID_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <p className="saying" role="status">
      {text !== '' && <span>{text}</span>}
    </p>
  );
}
