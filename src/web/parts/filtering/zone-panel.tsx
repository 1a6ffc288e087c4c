import { SearchList } from './search-list.tsx';

interface ZonePanelProps {
  /** Empty: the server's. */
  readonly zone: string;
  readonly onZone: (zone: string) => void;
}

/** Where days begin. It stands in the address, so that whoever opens a link counts the same days. */
export function ZonePanel({ zone, onZone }: ZonePanelProps) {
  const mine = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const first = [
    { value: '', label: 'The server’s time zone', note: 'as reports are made' },
    { value: mine, label: mine, note: 'this browser' },
    { value: 'UTC', label: 'UTC', note: 'as providers bill' },
  ].filter(({ value }, at, all) => all.findIndex((one) => one.value === value) === at);
  const others = Intl.supportedValuesOf('timeZone')
    .filter((name) => first.every(({ value }) => value !== name))
    .map((name) => ({ value: name, label: name.replaceAll('_', ' ') }));
  const choices = [...first, ...others].map((one) => ({ ...one, chosen: one.value === zone }));
  return (
    <SearchList
      label="Time zone"
      choices={choices}
      empty="No time zone is called so. Write a city, such as Zurich."
      written={(name) =>
        isZone(name) && !choices.some(({ value }) => value === name)
          ? { value: name, label: name }
          : undefined
      }
      onPick={onZone}
    />
  );
}

/** Browsers list one name of each zone; others, such as Asia/Kolkata, are as good. */
function isZone(name: string): boolean {
  try {
    return (
      name.includes('/') && new Intl.DateTimeFormat('en', { timeZone: name }) instanceof Intl.DateTimeFormat
    );
  } catch {
    return false;
  }
}
