import { expect, test } from "vitest";

import { bearerToken } from "./bearer-token.ts";

test.each([
  ["Bearer abc", "abc"],
  ["bearer  abc_-.~+/==", "abc_-.~+/=="],
])("%j carries a token", (header, token) => {
  expect(bearerToken(header)).toBe(token);
});

test.each([null, undefined, "", "Bearer", "Bearer ", "Basic abc", "Bearer a b", "Bearer a,b", "abc"])(
  "%j carries none",
  (header) => {
    expect(bearerToken(header)).toBeNull();
  },
);
