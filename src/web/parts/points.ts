/** The distance of two shares, as people say it: `1.7 points`, `1.0 point`, `<0.1 points`. */
export function pointsText(distance: number): string {
  const points = Math.abs(distance) * 100;
  if (points === 0) return '0 points';
  if (points < 0.05) return '<0.1 points';
  const text = points.toFixed(1);
  return `${text} ${text === '1.0' ? 'point' : 'points'}`;
}
