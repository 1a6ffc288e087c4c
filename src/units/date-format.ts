/** Formats of dates, each made once: making one takes a hundred times as long as formatting with it, and a page formats thousands. */

/** Time zones are written by people, so that there is no end of them. */
const MOST = 500;
const formats = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError when the options name a time zone that there is not. */
export function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale}${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, options);
    if (formats.size >= MOST) formats.clear();
    formats.set(key, format);
  }
  return format;
}
