import type { ReactNode } from 'react';

import { CopyButton } from '../../parts/copy-button.tsx';

interface SecretProps {
  readonly secret: string;
  readonly words: string;
  readonly onClose: () => void;
  readonly children?: ReactNode;
}

/** A secret that was just made. It lives in this part only: closed, nothing on the page has it. */
export function Secret({ secret, words, onClose, children }: SecretProps) {
  return (
    <div className="part">
      <p>
        <b>It is shown this once.</b> Only its digest is kept, so nobody can show it again. {words}
      </p>
      <pre className="snippet" tabIndex={0} aria-label="The key">
        {secret}
      </pre>
      {children}
      <div className="acts end">
        <CopyButton text={secret} label="Copy the key" />
        <button type="button" className="btn primary" onClick={onClose}>
          I have kept it
        </button>
      </div>
    </div>
  );
}
