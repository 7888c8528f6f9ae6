/** Holds the checklist of docs/delivery-states.md to the tests it names, both ways. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

const server = fileURLToPath(new URL("../", import.meta.url));
const document = readFileSync(fileURLToPath(new URL("../../docs/delivery-states.md", import.meta.url)), "utf8");
const [rules = "", tests = ""] = document
  .slice(document.indexOf("## Which test holds which rule"))
  .split("\n\n")
  .filter((part) => part.startsWith("|"));

const FILE = /`((?:core|db|pipeline|test)\/[a-z0-9/.-]+\.test\.ts)`/g;
const filesOf = (text: string): string[] => [...text.matchAll(FILE)].map(([, file = ""]) => file);
const pathOf = (file: string): string => `${server}${file.startsWith("test/") ? "" : "src/"}${file}`;

it.each([...new Set(filesOf(rules + tests))])("%s stands where the page says", (file) => {
  expect(existsSync(pathOf(file))).toBe(true);
});

it("names in one table the files of the other", () => {
  expect([...new Set(filesOf(tests))].sort()).toEqual([...new Set(filesOf(rules))].sort());
});

it("quotes tests by the names they have", () => {
  const quotes = [...rules.matchAll(/`([a-z0-9/.-]+\.test\.ts)`: “([^”]+)”/g)];
  expect(quotes.length).toBeGreaterThan(5);
  for (const [, file = "", name = ""] of quotes)
    expect(readFileSync(pathOf(file), "utf8"), file).toContain(`"${name}"`);
});
