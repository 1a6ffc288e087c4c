/** Money on the marks of a chart, where there is room for four figures: `$1.10B`, `$110.0k`, `+$1.9k`, `−$240`, `$0.42`. */
export function compactMoney(amount: number, signed = false): string {
  const size = Math.abs(amount);
  const sign = amount < 0 ? '−' : signed && amount > 0 ? '+' : '';
  if (size >= 1e9) return `${sign}$${(size / 1e9).toFixed(2)}B`;
  if (size >= 1e6) return `${sign}$${(size / 1e6).toFixed(2)}M`;
  if (size >= 1e3) return `${sign}$${(size / 1e3).toFixed(1)}k`;
  if (size >= 10) return `${sign}$${size.toFixed(0)}`;
  if (size >= 0.01) return `${sign}$${size.toFixed(2)}`;
  return size === 0 ? '$0' : `${sign}<$0.01`;
}
