/**
 * How lists are asked for and answered (pure): `limit`, `offset` and `ordering` are never wrong, what cannot be read
 * falls back; only an offset that the server does not go to is refused, by the core. Links are absolute and keep every
 * other parameter.
 */
import { OFFSET_MAX, type OffsetPage } from "../../core/pages/offset-page.ts";

export interface ListQuery<Order extends string> {
  readonly offset: number;
  readonly limit: number;
  readonly order: Order;
  readonly direction: "asc" | "desc";
}

export interface PageBody<Item> {
  readonly count: number;
  readonly next: string | null;
  readonly previous: string | null;
  readonly results: readonly Item[];
}

const LIMIT_DEFAULT = 20;
export const LIMIT_MAX = 100;

/** `orders` maps the contract's field names to the core's; `created_at` is always among them. */
export function readListQuery<Order extends string>(
  parameters: URLSearchParams,
  orders: { readonly created_at: Order } & Readonly<Record<string, Order>>,
): ListQuery<Order> {
  const limit = readWhole(parameters.get("limit"));
  return {
    limit: limit === null || limit === 0 ? LIMIT_DEFAULT : Math.min(limit, LIMIT_MAX),
    offset: readWhole(parameters.get("offset")) ?? 0,
    ...readOrdering(parameters.get("ordering"), orders),
  };
}

/** `url` is the list's own, absolute, with the parameters that it was asked with. */
export function toPageBody<Item, Wire>(
  page: OffsetPage<Item>,
  { url, offset, limit }: { readonly url: string; readonly offset: number; readonly limit: number },
  toWire: (item: Item) => Wire,
): PageBody<Wire> {
  const hasNext = offset + limit < page.count && offset + limit <= OFFSET_MAX;
  return {
    count: page.count,
    next: hasNext ? link(url, limit, offset + limit) : null,
    previous: offset === 0 ? null : link(url, limit, Math.max(0, offset - limit)),
    results: page.items.map(toWire),
  };
}

function readWhole(text: string | null): number | null {
  if (text === null || !/^\d+$/.test(text)) return null;
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

function readOrdering<Order extends string>(
  text: string | null,
  orders: { readonly created_at: Order } & Readonly<Record<string, Order>>,
): Pick<ListQuery<Order>, "order" | "direction"> {
  const descends = text?.startsWith("-") ?? false;
  const field = (descends ? text?.slice(1) : text) ?? "";
  const order = Object.hasOwn(orders, field) ? orders[field] : undefined;
  if (order === undefined) return { order: orders.created_at, direction: "desc" };
  return { order, direction: descends ? "desc" : "asc" };
}

function link(from: string, limit: number, offset: number): string {
  const url = new URL(from);
  url.searchParams.set("limit", String(limit));
  if (offset === 0) url.searchParams.delete("offset");
  else url.searchParams.set("offset", String(offset));
  return url.href;
}
