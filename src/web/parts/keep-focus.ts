/**
 * The focus is never lost: when the thing that had it goes, what stands in its place takes it, and on a new page its title. Else
 * whoever works without a pointer begins again at the top of the page, and is told of nothing by a screen reader.
 */

const FOCUSABLE =
  ':is(a[href], button, input, select, textarea, summary, [tabindex]):not(:disabled, [tabindex="-1"])';
const TITLE = '.main h1';

/** An element and the one before it: what stands behind that one later has its place. */
interface Step {
  readonly element: Element;
  readonly before: Element | null;
}

/** Watches until the returned function is called. */
export function keepFocus(): () => void {
  let way: readonly Step[] = [];
  /** What cannot be pressed while something is under way, and who has the focus meanwhile. */
  let waiting: { readonly element: Element; readonly instead: Element } | undefined;
  const remember = ({ target }: FocusEvent): void => {
    if (target instanceof Element) way = wayUp(target);
  };
  /** Whoever presses beside everything wants the focus nowhere. */
  const forget = (): void => {
    way = [];
    waiting = undefined;
  };
  const replace = (): void => {
    const element = way[0]?.element;
    if (!isLost() || element === undefined || isThere(element)) return;
    const instead = replacement(way);
    waiting = element.isConnected ? { element, instead } : undefined;
    focus(instead);
  };
  const look = (): void => {
    if (waiting !== undefined && isThere(waiting.element)) {
      if (document.activeElement === waiting.instead) focus(waiting.element);
      waiting = undefined;
    }
    // Who closed or removed it may have a better place in mind, and sets the focus a moment later.
    if (isLost()) setTimeout(replace);
  };
  const changes = new MutationObserver(look);
  changes.observe(document.body, { childList: true, subtree: true, attributeFilter: ['disabled'] });
  addEventListener('pointerdown', forget, { capture: true });
  addEventListener('focusin', remember);
  return () => {
    changes.disconnect();
    removeEventListener('pointerdown', forget, { capture: true });
    removeEventListener('focusin', remember);
  };
}

/** Where a new page begins, unless something on it has the focus already. */
export function focusTitle(): void {
  if (isLost()) focus(titleNow());
}

/** Whether nobody has gone on from where a new page began. */
export function isAtTitle(): boolean {
  return isLost() || document.activeElement === titleNow();
}

function focus(element: Element): void {
  if (element instanceof HTMLElement) element.focus({ preventScroll: true });
}

function isLost(): boolean {
  const at = document.activeElement;
  return at === null || at === document.body || at.matches(':disabled');
}

function isThere(element: Element): boolean {
  return element.isConnected && !element.matches(':disabled');
}

function titleNow(): HTMLElement {
  return document.querySelector<HTMLElement>(TITLE) ?? document.body;
}

function wayUp(from: Element): Step[] {
  const way: Step[] = [];
  for (let element: Element | null = from; element !== null; element = element.parentElement)
    way.push({ element, before: element.previousElementSibling });
  return way;
}

function replacement(way: readonly Step[]): HTMLElement {
  const kept = way.findIndex(({ element }) => isThere(element));
  const gone = way[kept - 1];
  const around = way[kept]?.element;
  if (gone === undefined || around === undefined || around.closest('.main, dialog') === null)
    return titleNow();
  const inPlace =
    gone.before?.isConnected === true ? gone.before.nextElementSibling : around.firstElementChild;
  for (const place of [inPlace, gone.before, ...way.slice(kept).map(({ element }) => element)]) {
    const found = place === null ? undefined : focusableIn(place);
    if (found !== undefined) return found;
  }
  return titleNow();
}

/** The thing itself before what is in it. */
function focusableIn(place: Element): HTMLElement | undefined {
  return [place, ...place.querySelectorAll<HTMLElement>(FOCUSABLE)].find(
    (one): one is HTMLElement =>
      one instanceof HTMLElement && one.matches(FOCUSABLE) && one.getClientRects().length > 0,
  );
}
