/** Files that the server prepares: said when one takes a while, with a way to stop it, and what went wrong is said here and in no file. */
import { AskingBar, useSeconds } from './asking.tsx';
import { asking } from './server.ts';
import { openStore } from './store.ts';
import { tell } from './telling.ts';

interface FileLink {
  readonly label: string;
  readonly href: string;
}

interface Download {
  readonly link: FileLink;
  readonly leaving: AbortController;
  readonly state: 'asking' | 'stopped';
  /** Asked for again by the bar: said at once, for the hand is still on its button. */
  readonly again: boolean;
  readonly failed?: string;
}

const KEPT_MS = 60_000;
const downloads = openStore<readonly Download[]>([]);

/** What the page asks of a link to a file; one that is being prepared already comes once. */
export async function download(link: FileLink, again = false): Promise<void> {
  if (downloads.get().some((one) => one.link.href === link.href && one.state === 'asking')) return;
  const begun: Download = { link, leaving: new AbortController(), state: 'asking', again };
  put(link, begun);
  const { signal } = begun.leaving;
  try {
    const response = await asking(signal).fileAt(link.href);
    const [, name = ''] = /filename="(.+)"/.exec(response.headers.get('content-disposition') ?? '') ?? [];
    saveBlob(await response.blob(), name);
    put(link);
  } catch (error) {
    const { title, detail } = tell(error as Error);
    const failed = `${link.label} was not saved. ${title}. ${detail}`;
    put(link, { ...begun, state: 'stopped', ...(!signal.aborted && { failed }) });
  }
}

function put({ href }: FileLink, ...next: readonly Download[]): void {
  downloads.set([...downloads.get().filter(({ link }) => link.href !== href), ...next]);
}

export function saveBlob(blob: Blob, name: string): void {
  const href = URL.createObjectURL(blob);
  Object.assign(document.createElement('a'), { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), KEPT_MS);
}

/** Over every page: a file is still prepared when its page was left. */
export function Downloads() {
  const all = downloads.use();
  if (all.length === 0) return null;
  return (
    <section className="asking-place downloads" aria-label="Files">
      {all.map((one) => (
        <DownloadBar key={one.link.href} {...one} />
      ))}
    </section>
  );
}

function DownloadBar({ link, leaving, state, again, failed }: Download) {
  const isAsking = state === 'asking';
  const seconds = useSeconds(isAsking);
  return (
    <AskingBar
      state={isAsking && !again && seconds === undefined ? 'nothing' : state}
      what={`Preparing ${link.label}`}
      after="Nothing was saved."
      failed={failed}
      seconds={seconds}
      onStop={() => leaving.abort()}
      onAgain={() => void download(link, true)}
      onClose={() => put(link)}
    />
  );
}
