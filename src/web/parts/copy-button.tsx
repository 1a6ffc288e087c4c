import { useEffect, useState } from 'react';

import { Icon } from './icon.tsx';

const SAID_MS = 2_000;

interface CopyButtonProps {
  readonly text: string;
  /** What is copied, for those who do not see the icon. */
  readonly label: string;
  readonly bare?: boolean;
  /** What the button says before it is pressed. */
  readonly says?: string;
}

/** Copies a text. Browsers allow it on secure pages and on loopback only; elsewhere there is no button that fails. */
export function CopyButton({ text, label, bare = false, says = 'Copy' }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  if (!isSecureContext) return null;
  const copy = (): void => {
    void navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <button type="button" className={bare ? 'btn plain square' : 'btn'} aria-label={label} onClick={copy}>
      <Icon name={copied ? 'check' : 'copy'} />
      {!bare && (copied ? 'Copied' : says)}
      <span className="sr" role="status">
        {copied ? 'Copied' : ''}
      </span>
    </button>
  );
}
