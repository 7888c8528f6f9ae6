/**
 * One page of a list, read by keyset: `after` is the position of its last item, from which the next page goes on, or
 * null at the end. A list asks the database for one row more than it shows; that row only proves that there is more.
 */

export const PAGE_LIMIT_MAX = 250;
export const PAGE_LIMIT_DEFAULT = 50;

export interface Page<Item, Position> {
  readonly items: readonly Item[];
  readonly after: Position | null;
}

/** Cuts `rows`, of which there are up to `limit + 1`, to a page. */
export function toPage<Item, Position>(
  rows: readonly Item[],
  limit: number,
  positionOf: (item: Item) => Position,
): Page<Item, Position> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, after: rows.length > limit && last !== undefined ? positionOf(last) : null };
}
