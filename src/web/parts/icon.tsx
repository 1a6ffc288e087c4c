/** Line icons on a 16 px grid; drawn with the text's colour, hidden from assistive technology. */
const PATHS = {
  alert: 'M8 2.5l6 10.5H2zM8 6.5v3M8 11.3v.01',
  bars: 'M2.5 13.5h11M4 13.5v-4M8 13.5v-9M12 13.5v-6.5',
  bill: 'M3.5 2.5h9v11l-2.25-1.5l-2.25 1.5l-2.25-1.5l-2.25 1.5zM6 5.5h4M6 8.5h4',
  book: 'M8 4c-1.5-1.2-3.5-1.5-5.5-1.5v10c2 0 4 .3 5.5 1.5c1.5-1.2 3.5-1.5 5.5-1.5v-10c-2 0-4 .3-5.5 1.5zM8 4v10',
  check: 'M3 8.5l3.5 3.5l6.5-8',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  cross: 'M4 4l8 8M12 4l-8 8',
  curve: 'M2.5 11.5l3.5-3.5l2.5 2l5-6M10.5 4h3v3',
  flow: 'M3 3h4v4H3zM9 9h4v4H9zM7 5h2.5a1.5 1.5 0 0 1 1.5 1.5V9',
  gate: 'M2.5 8h3M10.5 8h3M5.5 3.5h5v9h-5zM8 6v4',
  gauge: 'M2.5 11a5.5 5.5 0 1 1 11 0M8 11l2.5-3.5M2.5 13.5h11',
  ledger: 'M3 2.5h10v11H3zM5.5 5.5h5M5.5 8h5M5.5 10.5h3',
  left: 'M10 3.5l-4.5 4.5l4.5 4.5',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  link: 'M6.5 9.5a2.5 2.5 0 0 0 3.5 0l2.5-2.5a2.5 2.5 0 0 0-3.5-3.5l-1 1M9.5 6.5a2.5 2.5 0 0 0-3.5 0l-2.5 2.5a2.5 2.5 0 0 0 3.5 3.5l1-1',
  play: 'M4.5 3l8 5l-8 5z',
  plus: 'M8 3v10M3 8h10',
  pin: 'M4.5 2.5h7v11l-3.5-3l-3.5 3z',
  right: 'M6 3.5l4.5 4.5l-4.5 4.5',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 0 0 0-9M10.5 10.5l3 3',
  sliders: 'M2.5 5h6M12 5h1.5M2.5 11h1.5M7.5 11h6M10.2 3.3v3.4M5.8 9.3v3.4',
  share: 'M8 10V2.5M5.5 5L8 2.5L10.5 5M3 9v4.5h10V9',
  steps: 'M2.5 13.5h11M3.5 13.5v-4h2.5v4M6.75 9.5v-4h2.5v4M10 5.5v-3h2.5v11',
  tag: 'M2.5 8.5v-6h6l5 5l-6 6zM5.5 5.5v.01',
  tiles: 'M2.5 2.5h4.5v4.5h-4.5zM9 2.5h4.5v4.5h-4.5zM2.5 9h4.5v4.5h-4.5zM9 9h4.5v4.5h-4.5z',
  theme: 'M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
