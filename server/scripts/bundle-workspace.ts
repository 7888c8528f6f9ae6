/**
 * Copies the workspace package that the server depends on into server/node_modules before `npm pack`, and takes it
 * away after (`--remove`), so that the tarball of `posthorn` is complete alone: in a workspace the package stands
 * outside the server's folder, where npm does not look for what `bundleDependencies` names.
 * Refuses to bundle a package that was not built; an empty bundle would fail only on the user's machine.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const SERVER = join(import.meta.dirname, "..");
const SIGNING = join(SERVER, "..", "packages", "signing");
const BUNDLED = join(SERVER, "node_modules", "@posthorn", "signing");

rmSync(BUNDLED, { recursive: true, force: true });
if (!process.argv.includes("--remove")) bundleSigning();

function bundleSigning(): void {
  const manifest = JSON.parse(readFileSync(join(SIGNING, "package.json"), "utf8")) as { files: string[] };
  mkdirSync(BUNDLED, { recursive: true });
  for (const name of ["package.json", "README.md", "LICENSE"]) {
    if (existsSync(join(SIGNING, name))) cpSync(join(SIGNING, name), join(BUNDLED, name));
  }
  for (const name of manifest.files) {
    if (!existsSync(join(SIGNING, name))) throw new Error(`packages/signing/${name} is missing: run npm run build`);
    cpSync(join(SIGNING, name), join(BUNDLED, name), { recursive: true });
  }
}
