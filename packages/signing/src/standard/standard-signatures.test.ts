import { expect, test } from "vitest";

import { formatStandardSignatures } from "./format-standard-signatures.ts";
import { parseStandardSignatures } from "./parse-standard-signatures.ts";
import { standardSignedPrefix } from "./standard-signed-content.ts";

test("the prefix is the id and the timestamp, each with a full stop after it", () => {
  expect(standardSignedPrefix({ id: "msg_1", timestamp: 1_700_000_000 })).toBe("msg_1.1700000000.");
});

test("one signature has no space, several are separated by one in the order given", () => {
  expect(formatStandardSignatures(["bmV3"])).toBe("v1,bmV3");
  expect(formatStandardSignatures(["bmV3", "b2xk"])).toBe("v1,bmV3 v1,b2xk");
});

test("what was formatted parses back", () => {
  expect(parseStandardSignatures("v1,bmV3 v1,b2xk")).toEqual({
    signatures: ["bmV3", "b2xk"],
    ed25519Signatures: [],
    otherSchemes: [],
  });
  expect(parseStandardSignatures(formatStandardSignatures(["bmV3"], "v1a"))?.ed25519Signatures).toEqual(["bmV3"]);
});

test("an entry of another scheme is skipped by name", () => {
  expect(parseStandardSignatures("v2,aaaa v1a,b2xk v1,bmV3")).toEqual({
    signatures: ["bmV3"],
    ed25519Signatures: ["b2xk"],
    otherSchemes: ["v2"],
  });
});

test.each(["", " ", "v1", "v1,", ",bmV3", "v1=bmV3", "v1,bmV3,v1,b2xk", "v1,bmV3  v1,b2xk", "t=1,v1=aa"])(
  "%j is malformed",
  (header) => {
    expect(parseStandardSignatures(header)).toBeNull();
  },
);
