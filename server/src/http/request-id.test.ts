import { expect, test } from "vitest";

import { requestId } from "./request-id.ts";

test("a well-formed id of the caller is kept", () => {
  for (const id of ["a", "req-1.2:3_4~5", "x".repeat(128)]) expect(requestId(id)).toBe(id);
});

test.each([null, undefined, "", "a b", "a\nb", "x".repeat(129), "ä", "<script>"])(
  "%j is replaced by a new id",
  (id) => {
    const made = requestId(id);
    expect(made).toMatch(/^req_[0-9a-f]{32}$/);
    expect(requestId(id)).not.toBe(made);
  },
);
