/** Pages of a running system in a real browser, whose every complaint is kept: console, errors, content security policy. */
import type { Browser, BrowserContext, Page } from 'playwright-core';

export interface Around {
  readonly size?: { readonly width: number; readonly height: number };
  readonly scheme?: 'light' | 'dark';
}

export interface WatchedPages {
  open(path: string, around?: Around): Promise<Page>;
  /** What the pages complained about since they were last closed. */
  complaints(): readonly string[];
  /** Complaints with that text are expected: the browser itself reports each refused request. */
  forgive(text: string): void;
  closeAll(): Promise<void>;
}

const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };
/** For whatever is waited for on a page: on machines that do other things too. */
const WAIT_MS = 90_000;

export function watchPages(browser: () => Browser, url: () => string): WatchedPages {
  /** Noted before they are there, so that also what is opened by a test that has run out of time is closed. */
  let contexts: Promise<BrowserContext>[] = [];
  let complaints: string[] = [];
  return {
    async open(path, { size = DESKTOP, scheme = 'light' } = {}) {
      const context = browser().newContext({ viewport: size, colorScheme: scheme });
      contexts.push(context);
      const page = await (await context).newPage();
      page.setDefaultTimeout(WAIT_MS);
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.exposeFunction('complain', (text: string) => void complaints.push(text));
      await page.addInitScript(
        `addEventListener('securitypolicyviolation', (event) => complain('CSP: ' + event.violatedDirective + ' ' + event.blockedURI))`,
      );
      await page.goto(`${url()}${path}`);
      return page;
    },
    complaints: () => complaints,
    forgive(text) {
      complaints = complaints.filter((one) => !one.includes(text));
    },
    async closeAll() {
      await Promise.all(contexts.map(async (context) => close(await context)));
      contexts = [];
      complaints = [];
    },
  };
}

async function close(context: BrowserContext): Promise<void> {
  // An answer that a test changes on its way may still be under way.
  await Promise.all(context.pages().map((page) => page.unrouteAll({ behavior: 'ignoreErrors' })));
  await context.close();
}
