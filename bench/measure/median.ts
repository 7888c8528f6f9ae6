/** The middle one of these by a measure, the upper of two; ratios of noisy rounds are told by it. */
export function median<Item>(items: readonly Item[], by: (item: Item) => number): Item {
  const middle = items.toSorted((a, b) => by(a) - by(b))[Math.floor(items.length / 2)];
  if (middle === undefined) throw new Error("there is no median of nothing");
  return middle;
}

export function medianOf(values: readonly number[]): number {
  return median(values, (value) => value);
}
