import { expect, it } from "vitest";

import { findLeaks } from "./find-leaks.ts";

const VALUE = 'a "secret" of/ours?+\\';
const watched = new Map([["the value", VALUE]]);
const json = JSON.stringify(VALUE).slice(1, -1);

it.each([
  ["as it is", `before ${VALUE} after`],
  ["in hexadecimal", `\\x00${Buffer.from(VALUE).toString("hex")}ff`],
  ["in hexadecimal", Buffer.from(VALUE).toString("hex").toUpperCase()],
  ["in base64", Buffer.from(VALUE).toString("base64")],
  ["in base64", `Basic ${Buffer.from(`u:${VALUE}@`).toString("base64")}`],
  ["in base64", Buffer.from(`u${VALUE}xy`).toString("base64")],
  ["escaped for JSON", `{"text":"${json}"}`],
  ["escaped for JSON twice", JSON.stringify({ message: `{"text":"${json}"}` })],
  ["URL-encoded", `http://user:${encodeURIComponent(VALUE)}@host/`],
  ["URL-encoded", encodeURIComponent(VALUE).replaceAll(/%../g, (escape) => escape.toLowerCase())],
  ["URL-encoded as a form", new URLSearchParams({ q: VALUE }).toString()],
])("finds what is there %s: %s", (shape, where) => {
  expect(findLeaks(watched, where)).toEqual([`the value ${shape}`]);
});

it("finds base64url where it differs from base64, at each place of a longer text", () => {
  const bytes = new Map([["the bytes", Buffer.from("fbff".repeat(8), "hex")]]);
  for (const before of ["", "x", "xy"]) {
    const where = Buffer.concat([Buffer.from(before), Buffer.from("fbff".repeat(8), "hex"), Buffer.from("z")]);
    expect(findLeaks(bytes, where.toString("base64"))).toEqual(["the bytes in base64"]);
    expect(findLeaks(bytes, where.toString("base64url"))).toEqual(["the bytes in base64url"]);
  }
});

it("finds it among bytes that are no text", () => {
  const where = Buffer.concat([Buffer.from([0xff, 0xfe, 0]), Buffer.from(VALUE), Buffer.from([0x80])]);
  expect(findLeaks(watched, where)).toEqual(["the value as it is"]);
});

it("finds nothing in part of it, and tells every value that is there", () => {
  expect(findLeaks(watched, VALUE.slice(0, -1))).toEqual([]);
  const two = new Map([...watched, ["another", "another value of ours"]]);
  expect(findLeaks(two, `${VALUE}, another value of ours`)).toHaveLength(2);
});

it("takes no value that would turn up by chance", () => {
  expect(() => findLeaks(new Map([["short", "0123"]]), "")).toThrow("short is too short");
});
