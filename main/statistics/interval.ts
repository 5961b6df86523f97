/** Lower and upper end of a 95 % interval. */
export type Interval = readonly [low: number, high: number];

const z95 = 1.959963984540054;

/** Wilson's score interval of a share `value` seen over `count` items; `null` over none. */
export function wilsonInterval(value: number, count: number): Interval | null {
  if (count === 0) return null;
  const square = z95 ** 2;
  const centre = value + square / (2 * count);
  const spread = z95 * Math.sqrt((value * (1 - value)) / count + square / (4 * count ** 2));
  const scale = 1 + square / count;
  return [Math.max(0, (centre - spread) / scale), Math.min(1, (centre + spread) / scale)];
}
