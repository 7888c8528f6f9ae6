/**
 * Puts what the tarball of `posthorn` needs from outside its folder in place before `npm pack`, and takes it away
 * after (`--remove`): the project's README and licence, and the workspace package the server depends on, which
 * `bundleDependencies` names and which npm looks for in server/node_modules only.
 * Refuses to pack what was not built: an empty bundle would fail only on the user's machine.
 */
import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";

const SERVER = join(import.meta.dirname, "..");
const ROOT = join(SERVER, "..");
const BUILT = ["server/dist", "packages/signing/dist"];

/** From the root of the checkout, into the server's folder. */
const COPIES: readonly (readonly [from: string, to: string])[] = [
  ["README.md", "README.md"],
  ["LICENSE", "LICENSE"],
  ["packages/signing/package.json", "node_modules/@posthorn/signing/package.json"],
  ["packages/signing/dist", "node_modules/@posthorn/signing/dist"],
];

for (const path of ["README.md", "LICENSE", "node_modules/@posthorn"]) {
  rmSync(join(SERVER, path), { recursive: true, force: true });
}
if (!process.argv.includes("--remove")) complete();

function complete(): void {
  const missing = BUILT.filter((path) => !existsSync(join(ROOT, path)));
  if (missing.length > 0) throw new Error(`${missing.join(" and ")} missing: run npm run build`);
  for (const [from, to] of COPIES) cpSync(join(ROOT, from), join(SERVER, to), { recursive: true });
}
