import { expect, test } from "vitest";

import { locateJson } from "./locate-json.ts";

/** The mark stands before the byte that is asked for. */
const locate = (marked: string) =>
  locateJson(Buffer.from(marked.replace("§", "")), Buffer.from(marked.slice(0, marked.indexOf("§"))).length);

test.each([
  ["§nonsense", ""],
  ['{"a":§x}', "/a"],
  ['{"a":1,§"a":2}', "/a"],
  ['{"a":1,§}', ""],
  ['{"events":[{"type":"x"},{"data":[1,2,§+3]}]}', "/events/1/data/2"],
  ['{"a":{"b":1},"c":[[],[§', "/c/1/0"],
  ['{"with/slash and ~":§?}', "/with~1slash and ~0"],
  ['{"\\u0061,":§?}', "/a,"],
  ['{"data":"not closed§', "/data"],
])("%s is at %j", (marked, path) => {
  expect(locate(marked)).toBe(path);
});

test("a path of very long names is cut", () => {
  expect(locate(`{"${"n".repeat(10_000)}":§?}`).length).toBeLessThan(300);
});
