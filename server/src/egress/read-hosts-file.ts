/**
 * Reads the machine's own table of names, which stands before any name server (as for every other program
 * of the machine). Pure: text in, names with their addresses out; lines that make no sense are skipped.
 */
import { parseAddress } from "./parse-address.ts";

/** Names in lower case with every address the table gives them. Format: hosts(5). */
export function readHostsFile(text: string): Map<string, string[]> {
  const hosts = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [address = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (parseAddress(address) === null) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      hosts.set(key, [...(hosts.get(key) ?? []), address]);
    }
  }
  return hosts;
}
