import { expect, test } from "vitest";

import { formatTimestampedHeader } from "./format-timestamped-header.ts";
import { parseTimestampedHeader } from "./parse-timestamped-header.ts";
import { selfCommunity, theSignup } from "./timestamped-scheme.ts";
import { timestampedSignedPrefix } from "./timestamped-signed-content.ts";

test("the prefix is the timestamp with a full stop after it", () => {
  expect(timestampedSignedPrefix(1_700_000_000)).toBe("1700000000.");
});

test("SelfCommunity sends each signature under both names, the new secret's first", () => {
  const header = formatTimestampedHeader({ scheme: selfCommunity, timestamp: 5, signatures: ["aa", "bb"] });
  expect(header).toBe("t=5,v0=aa,v1=aa,v0=bb,v1=bb");
});

test("thesignup sends one v1 for each secret, the new one's first", () => {
  const header = formatTimestampedHeader({ scheme: theSignup, timestamp: 5, signatures: ["aa", "bb"] });
  expect(header).toBe("t=5,v1=aa,v1=bb");
});

test("names outside the scheme are skipped by name", () => {
  expect(parseTimestampedHeader({ scheme: theSignup, header: "t=5,v0=aa,v1=bb" })).toEqual({
    timestamp: "5",
    signatures: ["bb"],
    otherNames: ["v0"],
  });
});

test("spaces after the commas are allowed", () => {
  expect(parseTimestampedHeader({ scheme: theSignup, header: "t=5, v1=bb" })?.signatures).toEqual(["bb"]);
});

test.each(["", "t=5,", "t=5,v1", "v1=aa", "t=5,t=5,v1=aa", "t=,v1=aa", "t=5,v1=a=a", "t:5,v1:aa", "v1,YWE="])(
  "%j is malformed",
  (header) => {
    expect(parseTimestampedHeader({ scheme: theSignup, header })).toBeNull();
  },
);
