const IS_APPLE = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);

/** `mod+k` as `⌘K` or `Ctrl K`; `g o` as two keys. */
export function Keys({ keys }: { readonly keys: string }) {
  const parts = keys === 'mod+k' ? [IS_APPLE ? '⌘K' : 'Ctrl K'] : keys.split(' ');
  return (
    <span className="keys-row">
      {parts.map((part) => (
        <kbd key={part}>{part}</kbd>
      ))}
    </span>
  );
}
