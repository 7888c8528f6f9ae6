/** The version of this package, as its package.json says: at the same depth from src/ and from dist/. */
import { readFileSync } from "node:fs";

export function readVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
