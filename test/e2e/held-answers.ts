/** Answers that wait as long as a test wants: what takes long on a large ledger, on a small one. */
import type { Page, Request, Route } from 'playwright-core';

export interface Held {
  /** Requests that wait, in their order. */
  readonly asked: readonly string[];
  /** Those that the page took back. */
  readonly takenBack: readonly string[];
  letGo(): void;
}

/** Answers to such requests of a page wait until they are let go. */
export async function hold(page: Page, isSuch: (url: URL) => boolean): Promise<Held> {
  const asked: string[] = [];
  const takenBack: string[] = [];
  const gate = Promise.withResolvers<void>();
  page.on('requestfailed', (request: Request) => {
    if (isSuch(new URL(request.url())) && request.failure()?.errorText === 'net::ERR_ABORTED')
      takenBack.push(request.url());
  });
  await page.route(isSuch, async (route: Route) => {
    asked.push(route.request().url());
    await gate.promise;
    await route.continue().catch(() => undefined); // it may have been taken back
  });
  return { asked, takenBack, letGo: () => gate.resolve() };
}
