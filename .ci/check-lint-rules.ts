/**
 * Proves that the lint rules which hold the architecture can fail: each offending file below must be refused by the
 * rule it names and each lawful one must pass, in a copy of the lint configuration with nothing else in it.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

interface Sample {
  readonly file: string;
  readonly text: string;
  /** The rule that must refuse the file; null where it must pass. */
  readonly refusedBy: string | null;
}

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
}

const FOLDERS = "posthorn(folder-imports)";
const ENV = "posthorn(no-env)";

const SAMPLES: readonly Sample[] = [
  refused("dialects/native/a.ts", importing("../../db/target.ts"), FOLDERS),
  refused("dialects/native/b.ts", importing("../../egress/target.ts"), FOLDERS),
  refused("dialects/native/c.ts", importing("../../profiles/target.ts"), FOLDERS),
  refused("dialects/native/d.ts", importing("../../pipeline/store/target.ts"), FOLDERS),
  refused("dialects/native/e.ts", importing("../velt/target.ts"), FOLDERS),
  refused("dialects/native/f.ts", importing("../../config.ts"), FOLDERS),
  refused("dialects/native/g.ts", 'export { target } from "../../db/target.ts";\n', FOLDERS),
  refused("dialects/native/h.ts", 'export const load = () => import("../../db/target.ts");\n', FOLDERS),
  refused(
    "dialects/native/i.ts",
    'import type { Target } from "../../db/target.ts";\nexport type Own = Target;\n',
    FOLDERS,
  ),
  refused("dialects/native/j.ts", 'export type Own = import("../../db/target.ts").Target;\n', FOLDERS),
  refused("dialects/native/k.ts", importing("../../../test/target.ts"), FOLDERS),
  lawful("dialects/native/l.ts", importing("../../core/target.ts")),
  lawful("dialects/native/m.ts", importing("../../http/target.ts")),
  lawful("dialects/native/n.ts", importing("../../pipeline/publish/target.ts")),
  lawful("dialects/native/o.ts", importing("./target.ts")),

  refused("core/events/a.ts", importing("../../http/target.ts"), FOLDERS),
  refused("core/events/b.ts", importing("../../dialects/native/target.ts"), FOLDERS),
  refused("core/events/c.ts", importing("../../pipeline/publish/target.ts"), FOLDERS),
  refused("core/events/d.ts", importing("../../config.ts"), FOLDERS),
  lawful("core/events/e.ts", importing("../../db/target.ts")),
  lawful("core/events/f.ts", importing("../../egress/target.ts")),
  lawful("core/events/g.ts", importing("../../profiles/target.ts")),
  lawful("core/events/h.ts", importing("../tenants/target.ts")),

  refused("monitoring/a.ts", importing("../dialects/native/target.ts"), FOLDERS),
  refused("monitoring/b.ts", importing("../config.ts"), FOLDERS),
  lawful("monitoring/c.ts", importing("../pipeline/target.ts")),

  refused("core/events/i.ts", importingPackage("pg"), FOLDERS),
  refused("pipeline/store/a.ts", importingPackage("@electric-sql/pglite"), FOLDERS),
  refused("pipeline/store/b.ts", importingPackage("@electric-sql/pglite/live"), FOLDERS),
  refused("pipeline/store/c.ts", importingPackage("undici"), FOLDERS),
  refused("http/a.ts", importingPackage("undici"), FOLDERS),
  refused("pipeline/store/d.ts", importingPackage("@prometheus-io/client"), FOLDERS),
  lawful("db/a.ts", importingPackage("pg")),
  lawful("db/b.ts", importingPackage("@electric-sql/pglite")),
  lawful("egress/a.ts", importingPackage("undici")),
  lawful("pipeline/deliver/a.ts", importingPackage("undici")),
  lawful("monitoring/d.ts", importingPackage("@prometheus-io/client")),

  refused("http/b.ts", 'export const port = process.env["PORT"];\n', ENV),
  refused("http/c.ts", "export const { env } = process;\n", ENV),
  refused("http/d.ts", "export const { argv, ...rest } = process;\n", ENV),
  refused("http/e.ts", 'export const port = globalThis.process["env"]["PORT"];\n', ENV),
  refused("http/f.ts", 'export { env } from "node:process";\n', "eslint(no-restricted-imports)"),
  lawful("config.ts", 'export const port = process.env["PORT"];\n'),

  refused("http/g.ts", "export const at = Date.now();\n", "eslint(no-restricted-properties)"),
  refused("http/h.ts", "export const key = Math.random();\n", "eslint(no-restricted-properties)"),
  refused("db/queries/a.ts", "export const text = `select now()`;\n", "posthorn(no-sql-clock)"),
  refused("db/queries/b.ts", 'export const text = "select current_timestamp";\n', "posthorn(no-sql-clock)"),
  lawful("db/queries/c.ts", "export const text = `select $1::timestamptz`;\n"),

  refused("http/cycle-a.ts", 'import { b } from "./cycle-b.ts";\nexport const a = () => b;\n', "import(no-cycle)"),
  refused("http/cycle-b.ts", 'import { a } from "./cycle-a.ts";\nexport const b = () => a;\n', "import(no-cycle)"),

  refused("http/i.ts", "async function f(): Promise<void> {}\nf();\n", "typescript(no-floating-promises)"),
  refused("http/j.ts", "export const f = async (): Promise<number> => await 1;\n", "typescript(await-thenable)"),
  refused("http/k.ts", "export function f(a: any): void {\n  String(a);\n}\n", "typescript(no-explicit-any)"),
  refused("http/l.ts", "export const f = (a: { b?: number }): number => a.b!;\n", "typescript(no-non-null-assertion)"),
  refused(
    "http/m.ts",
    "export const f = (work: () => Promise<void>): NodeJS.Timeout => setTimeout(work, 1);\n",
    "typescript(no-misused-promises)",
  ),
  refused(
    "http/n.ts",
    'export function f(a: "b" | "c"): void {\n  switch (a) {\n    case "b":\n      return;\n  }\n}\n',
    "typescript(switch-exhaustiveness-check)",
  ),

  signing("a.ts", importingPackage("node:crypto"), FOLDERS),
  signing("b.ts", importingPackage("standardwebhooks"), FOLDERS),
  signing("c.ts", importing("../../../server/src/db/target.ts"), FOLDERS),
  signing("d.ts", importing("./target.ts"), null),
  publish("a.ts", importingPackage("kysely"), FOLDERS),
  publish("b.ts", importing("./target.ts"), null),
];

const copy = mkdtempSync(join(tmpdir(), "posthorn-lint-"));
try {
  prepareCopy();
  const wrong = SAMPLES.flatMap(findWrong(lint()));
  for (const line of wrong) process.stderr.write(`${line}\n`);
  process.stdout.write(
    `lint rules: ${SAMPLES.length - wrong.length} of ${SAMPLES.length} samples judged as they must be\n`,
  );
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function prepareCopy(): void {
  const root = join(import.meta.dirname, "..");
  for (const name of [".oxlintrc.json", ".ci/lint", "package.json", "tsconfig.json", "tsconfig.base.json"]) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  for (const { file, text } of SAMPLES) {
    write(file, text);
    for (const [, target] of text.matchAll(/"(\.[^"]*\/target\.ts|\.\.\/\.\.\/config\.ts)"/g)) {
      write(join(dirname(file), target ?? ""), 'export const target = "target";\nexport type Target = string;\n');
    }
  }
}

function write(file: string, text: string): void {
  const path = join(copy, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function lint(): readonly Diagnostic[] {
  const oxlint = join(copy, "node_modules", ".bin", "oxlint");
  const { stdout, stderr } = spawnSync(oxlint, ["--format=json", "server", "packages"], {
    cwd: copy,
    encoding: "utf8",
  });
  try {
    return (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics;
  } catch (cause) {
    throw new Error(`the lint did not run: ${(stderr || stdout).slice(0, 500)}`, { cause });
  }
}

function findWrong(diagnostics: readonly Diagnostic[]): (sample: Sample) => string[] {
  return ({ file, refusedBy }) => {
    const codes = diagnostics
      .filter(({ filename }) => relative(copy, join(copy, filename)) === file)
      .map(({ code }) => code);
    if (refusedBy === null)
      return codes.length === 0 ? [] : [`${file} must pass, but was refused by ${codes.join(", ")}`];
    return codes.includes(refusedBy) ? [] : [`${file} must be refused by ${refusedBy}, not by [${codes.join(", ")}]`];
  };
}

function refused(file: string, text: string, refusedBy: string): Sample {
  return { file: `server/src/${file}`, text, refusedBy };
}

function lawful(file: string, text: string): Sample {
  return { file: `server/src/${file}`, text, refusedBy: null };
}

function signing(file: string, text: string, refusedBy: string | null): Sample {
  return { file: `packages/signing/src/${file}`, text, refusedBy };
}

function publish(file: string, text: string, refusedBy: string | null): Sample {
  return { file: `packages/publish/src/${file}`, text, refusedBy };
}

function importing(path: string): string {
  const name = path.endsWith("config.ts") ? "port" : "target";
  return `import { ${name} } from "${path}";\n\nexport const own = [${name}];\n`;
}

function importingPackage(name: string): string {
  return `import * as driver from "${name}";\n\nexport const own = [driver];\n`;
}
