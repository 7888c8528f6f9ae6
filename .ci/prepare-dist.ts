/**
 * Empties `dist` of the package in the working directory before a build, so that no file of an earlier one is
 * published, and marks `dist/cjs` as CommonJS: without its own package.json Node and TypeScript would read those files
 * as the ES modules the package is made of.
 */

import { mkdir, rm, writeFile } from "node:fs/promises";

await rm("dist", { recursive: true, force: true });
await mkdir("dist/cjs", { recursive: true });
await writeFile("dist/cjs/package.json", `${JSON.stringify({ type: "commonjs" })}\n`);
