/**
 * Empties `dist` before a build, so that no file of an earlier one is published, and marks `dist/cjs` as CommonJS:
 * without its own package.json Node and TypeScript would read those files as the ES modules the package is made of.
 */

import { mkdir, rm, writeFile } from "node:fs/promises";

const dist = new URL("../dist/", import.meta.url);

await rm(dist, { recursive: true, force: true });
await mkdir(new URL("cjs/", dist), { recursive: true });
await writeFile(new URL("cjs/package.json", dist), `${JSON.stringify({ type: "commonjs" })}\n`);
