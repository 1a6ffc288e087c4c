/** Pages of a running system in a real browser, whose every complaint is kept: console, errors, content security policy. */
import type { Browser, Page } from 'playwright-core';

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

export function watchPages(browser: () => Browser, url: () => string): WatchedPages {
  let pages: Page[] = [];
  let complaints: string[] = [];
  return {
    async open(path, { size = DESKTOP, scheme = 'light' } = {}) {
      const context = await browser().newContext({ viewport: size, colorScheme: scheme });
      const page = await context.newPage();
      pages.push(page);
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
      // An answer that a test changes on its way may still be under way.
      await Promise.all(pages.map((page) => page.unrouteAll({ behavior: 'ignoreErrors' })));
      await Promise.all(pages.map((page) => page.context().close()));
      pages = [];
      complaints = [];
    },
  };
}
