/** How FOCUS writes values: one test per format of the specification's attributes. Null is judged by other rules. */
import { isExact } from '../../units/exact.ts';

/** ISO 4217, national currencies in use; funds, metals and testing codes are none. */
const NATIONAL_CURRENCIES: ReadonlySet<string> = new Set(
  (
    'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY ' +
    'COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS ' +
    'INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP ' +
    'MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR ' +
    'SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV ' +
    'WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG'
  ).split(' '),
);

const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/;
const SOME_INSTANT = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/** `YYYY-MM-DDTHH:mm:ssZ`, and a day that exists. */
export function isFocusInstant(text: string): boolean {
  const match = INSTANT.exec(text);
  if (match === null) return false;
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 19) === text.slice(0, 19);
}

/** A date and time in any of the ways that ISO 8601 has: the type, not the format. */
export function isSomeInstant(text: string): boolean {
  return SOME_INSTANT.test(text) && !Number.isNaN(Date.parse(text.replace(' ', 'T')));
}

export function isNumber(text: string): boolean {
  return isExact(text);
}

/** Text without control characters that is not only blanks. */
export function isPlainText(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  return text.trim() !== '' && !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffd]/.test(text);
}

export function isNationalCurrency(text: string): boolean {
  return NATIONAL_CURRENCIES.has(text);
}

/** A national currency, or the name of a virtual one: "tokens", "credits". */
export function isCurrency(text: string): boolean {
  if (/^[A-Z]{3}$/.test(text)) return isNationalCurrency(text);
  return /^\p{L}[\p{L}\p{N} _.-]{0,63}$/u.test(text);
}

const NOUN = String.raw`\p{Lu}[\p{L}\p{N}]*(?: \p{Lu}[\p{L}\p{N}]*)*`;
const TIMES = 'Year|Month|Day|Hour|Minute|Second';
/** `Tokens` · `1000000 Tokens` · `PTU-Hours` · `Requests/Second`. */
const UNIT = new RegExp(
  String.raw`^(?:[1-9]\d{0,17} )?${NOUN}(?:-(?:${TIMES})s?)?(?:\/(?:\d+ )?(?:${TIMES})s?)?$`,
  'u',
);

export function isUnit(text: string): boolean {
  return text.length <= 128 && UNIT.test(text);
}

/** A JSON object whose values are numbers, strings, booleans or null: nothing nested. */
export function isKeyValue(text: string): boolean {
  const pairs = readKeyValue(text);
  return (
    pairs !== undefined && Object.values(pairs).every((value) => value === null || typeof value !== 'object')
  );
}

export function readKeyValue(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
