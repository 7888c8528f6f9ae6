import fc from "fast-check";
import { expect, test } from "vitest";

import { LIMIT_MAX, readListQuery, toPageBody } from "./list-query.ts";

const ORDERS = { created_at: "a", sent_at: "b" } as const;
const URL_OF_LIST = "http://127.0.0.1:4700/api/v2/webhook/endpoint/";

test("any parameters make a query within its bounds", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (limit, offset, ordering) => {
      const query = readListQuery(new URLSearchParams({ limit, offset, ordering }), ORDERS);
      expect(query.limit).toBeGreaterThanOrEqual(1);
      expect(query.limit).toBeLessThanOrEqual(LIMIT_MAX);
      expect(Number.isSafeInteger(query.offset) && query.offset >= 0).toBe(true);
      expect(["a", "b"]).toContain(query.order);
    }),
  );
});

test("following next shows every item once in order, and following previous leads back to the first page", () => {
  const lists = fc.record({
    count: fc.nat(60),
    limit: fc.integer({ min: 1, max: LIMIT_MAX }),
    kept: fc.string({ unit: "grapheme" }),
  });
  fc.assert(
    fc.property(lists, ({ count, limit, kept }) => {
      const all = Array.from({ length: count }, (_, index) => index);
      const read = (url: string) => {
        const { searchParams } = new URL(url);
        expect(searchParams.get("kept")).toBe(new URLSearchParams({ kept }).get("kept"));
        const query = readListQuery(searchParams, ORDERS);
        const items = all.slice(query.offset, query.offset + query.limit);
        return toPageBody({ items, count }, { url, ...query }, (item) => item);
      };
      const first = `${URL_OF_LIST}?${new URLSearchParams({ limit: String(limit), kept }).toString()}`;
      const seen: number[] = [];
      let last = first;
      for (let url: string | null = first; url !== null;) {
        const page = read(url);
        expect(page.count).toBe(count);
        seen.push(...page.results);
        last = url;
        url = page.next;
      }
      expect(seen).toEqual(all);

      let back = last;
      for (let url = read(last).previous; url !== null; url = read(url).previous) back = url;
      expect(read(back).results).toEqual(all.slice(0, limit));
    }),
  );
});

test("a list goes no further than its offset may", () => {
  const page = { items: [1], count: 20_000 };
  const nextAt = (offset: number) => toPageBody(page, { url: URL_OF_LIST, offset, limit: 100 }, (item) => item).next;
  expect(nextAt(9_900)).toBe(`${URL_OF_LIST}?limit=100&offset=10000`);
  expect(nextAt(9_901)).toBeNull();
});
