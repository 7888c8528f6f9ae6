/**
 * The test files that are the same in both runs of `npm test`. The runs differ in one thing, whether TEST_DATABASE_URL
 * is set, so a file that reaches no code which names it does the same in the second run as in the first, and once is
 * enough. What a file reaches is read from its text: whatever it or a file that it reaches gives the relative path of,
 * be it to import or to start it.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const DIFFERENCE = "TEST_DATABASE_URL";
const RELATIVE_FILE = /["'`](\.{1,2}\/[^"'`\n]+\.(?:[cm]?[jt]s))["'`]/g;

interface File {
  readonly asksWhichRun: boolean;
  readonly next: readonly string[];
}

/** Paths below `root`. */
export function listAlikeTests(root: string): string[] {
  const files = new Map<string, File>();
  const read = (path: string): File => {
    const known = files.get(path);
    if (known !== undefined) return known;
    const text = readFileSync(path, "utf8");
    const named = [...text.matchAll(RELATIVE_FILE)].map(([, name = ""]) => resolve(dirname(path), name));
    const file = { asksWhichRun: text.includes(DIFFERENCE), next: named.filter((name) => existsSync(name)) };
    files.set(path, file);
    return file;
  };
  const differs = (path: string, seen: Set<string>): boolean => {
    if (seen.has(path)) return false;
    seen.add(path);
    const { asksWhichRun, next } = read(path);
    return asksWhichRun || next.some((name) => differs(name, seen));
  };
  return globSync("{server,packages,devkit,bench}/**/*.test.ts", { cwd: root })
    .filter((path) => !path.includes("node_modules") && !differs(join(root, path), new Set()))
    .toSorted();
}
