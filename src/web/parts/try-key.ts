/** Keys by which the server knows a second try of the same request, so that nothing is done twice. */
import { useState } from 'react';

/** The same body gets the same key, another body another one. */
export function useTryKey(): (body: string) => string {
  const [keys] = useState(() => new Map<string, string>());
  return (body) => {
    const known = keys.get(body);
    if (known !== undefined) return known;
    const fresh = randomKey();
    keys.set(body, fresh);
    return fresh;
  };
}

/** `crypto.randomUUID` is missing on pages that are neither secure nor on loopback. */
function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
