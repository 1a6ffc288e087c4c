/** Around every chart: its width, its one tab stop, what is said of the mark that is looked at, and the sentence below. */
import { useId } from 'react';
import type { ReactNode } from 'react';

import type { Walk } from './walk.ts';
import { useWidth } from './width.ts';

interface PlotFrameProps {
  /** A sentence made of the same data; it names the chart. */
  readonly name: string;
  readonly caption: string;
  readonly walk: Walk;
  /** Called with the width that there is, in pixels. */
  readonly children: (width: number) => ReactNode;
  readonly below?: ReactNode;
  readonly look?: string;
}

const FIRST_WIDTH = 560;

export function PlotFrame({ name, caption, walk, children, below, look = 'figure-full' }: PlotFrameProps) {
  const id = useId();
  const [ref, width] = useWidth(FIRST_WIDTH);
  return (
    <figure className={look}>
      <div
        ref={ref}
        className="plot-box"
        role="application"
        aria-roledescription="chart"
        aria-label={`${name} Arrow keys walk the chart.`}
        aria-describedby={`${id}-now`}
        tabIndex={0}
        onKeyDown={walk.onKeyDown}
        onBlur={walk.leave}
      >
        {children(width)}
      </div>
      {below}
      <p id={`${id}-now`} className={walk.said === '' ? 'sr' : 'under-plot'} aria-live="polite">
        {walk.said}
      </p>
      <figcaption>{caption}</figcaption>
    </figure>
  );
}

interface DrawingProps {
  readonly width: number;
  readonly height: number;
  readonly look?: string;
  readonly children: ReactNode;
}

export function Drawing({ width, height, look = '', children }: DrawingProps) {
  return (
    <svg
      className={`plot ${look}`}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}
