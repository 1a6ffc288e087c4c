/** How an amount went over the buckets of the page, in the space of a word. The table beside it has the figures. */
import { scaleLinear } from '@visx/scale';
import { LinePath } from '@visx/shape';

const WIDTH = 72;
const HEIGHT = 20;
const EDGE = 2;

export function Course({ amounts, hue }: { readonly amounts: readonly bigint[]; readonly hue: string }) {
  if (amounts.length < 2) return null;
  const values = amounts.map(Number);
  const x = scaleLinear({ domain: [0, values.length - 1], range: [EDGE, WIDTH - EDGE] });
  const y = scaleLinear({
    domain: [Math.min(0, ...values), Math.max(...values, 1)],
    range: [HEIGHT - EDGE, EDGE],
  });
  return (
    <svg
      className={`spark ${hue}`}
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      aria-hidden="true"
    >
      <LinePath
        data={values}
        x={(_, at) => x(at)}
        y={(value) => y(value)}
        style={{ stroke: hue === '' ? 'var(--text-2)' : 'var(--k)', strokeWidth: 1.5, fill: 'none' }}
      />
    </svg>
  );
}
