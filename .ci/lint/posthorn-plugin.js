/**
 * Lint rules that hold the shape of the server: which folder may import which (ARCHITECTURE.md), and that time and
 * environment come in as arguments. Imports are resolved to folders first, so a rule holds whatever the path to a
 * file looks like, for static and dynamic imports and for `export … from` alike. `.ci/check-lint-rules.ts` proves
 * that each rule can fail.
 */
import { dirname, relative, resolve, sep } from "node:path";

const ROOT = resolve(import.meta.dirname, "..", "..");

/** Folders of server/src that may import only themselves, the listed folders and packages. */
const FOLDER_MAY_IMPORT = {
  core: ["db", "egress", "profiles"],
  dialects: ["core", "http", "pipeline/publish"],
  monitoring: ["core", "db", "maintenance", "pipeline"],
};

/** Packages that only the listed folders of server/src may import. */
const PACKAGE_BELONGS_TO = {
  pg: ["db"],
  "@electric-sql/pglite": ["db"],
  undici: ["egress", "pipeline/deliver"],
  "@prometheus-io/client": ["monitoring"],
};

/** SQL functions that read a clock; statements take the time as a parameter instead. */
const SQL_CLOCK =
  /\b(?:now|clock_timestamp|statement_timestamp|transaction_timestamp)\s*\(\s*\)|\bcurrent_timestamp\b/i;

const folderImports = {
  create(context) {
    const file = toPosix(relative(ROOT, resolve(context.filename)));
    if (!/^(server|packages\/[^/]+)\/src\//.test(file) || file.endsWith(".test.ts")) return {};
    const check = (source) => {
      if (source?.type !== "Literal" || typeof source.value !== "string") return;
      const problem = findProblem(file, source.value);
      if (problem) context.report({ node: source, message: problem });
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      TSImportType: (node) => check(node.source),
    };
  },
};

const noSqlClock = {
  create(context) {
    const check = (node, text) => {
      if (SQL_CLOCK.test(text))
        context.report({ node, message: "SQL takes the time as a parameter; it reads no clock." });
    };
    return {
      Literal: (node) => typeof node.value === "string" && check(node, node.value),
      TemplateElement: (node) => check(node, node.value.raw),
    };
  },
};

const noEnv = {
  create(context) {
    const report = (node) =>
      context.report({ node, message: "Only config.ts reads the environment; take it as an argument." });
    return {
      MemberExpression: (node) => isProcess(node.object) && nameOf(node.property) === "env" && report(node),
      VariableDeclarator: (node) => {
        if (node.id.type !== "ObjectPattern" || !isProcess(node.init)) return;
        if (node.id.properties.some((property) => property.type === "RestElement" || nameOf(property.key) === "env"))
          report(node);
      },
    };
  },
};

export default {
  meta: { name: "posthorn" },
  rules: { "folder-imports": folderImports, "no-env": noEnv, "no-sql-clock": noSqlClock },
};

/** The sentence that refuses `specifier` in `file` (a path from the root of the checkout), or null. */
function findProblem(file, specifier) {
  const target = specifier.startsWith(".") ? toPosix(relative(ROOT, resolve(ROOT, dirname(file), specifier))) : null;
  if (file.startsWith("packages/signing/")) {
    return target?.startsWith("packages/signing/src/") ? null : "signing imports nothing but its own files.";
  }
  if (file.startsWith("packages/publish/src/")) {
    return target?.startsWith("packages/publish/src/") ? null : "publish imports nothing but its own files.";
  }
  if (!file.startsWith("server/src/")) return null;
  const from = file.slice("server/src/".length);
  if (target === null) return findPackageProblem(from, specifier);
  if (!target.startsWith("server/src/")) return `the server's source does not import ${target}.`;
  return findFolderProblem(from, target.slice("server/src/".length));
}

function findPackageProblem(from, specifier) {
  for (const [name, folders] of Object.entries(PACKAGE_BELONGS_TO)) {
    if (specifier !== name && !specifier.startsWith(`${name}/`)) continue;
    if (!folders.some((folder) => from.startsWith(`${folder}/`)))
      return `only ${folders.join(" and ")} import ${name}.`;
  }
  return null;
}

function findFolderProblem(from, to) {
  const [folder, name] = from.split("/");
  const allowed = FOLDER_MAY_IMPORT[folder];
  if (!allowed) return null;
  const own = folder === "dialects" ? `dialects/${name}` : folder;
  if ([own, ...allowed].some((prefix) => to.startsWith(`${prefix}/`))) return null;
  return `${own} imports ${allowed.join(", ")} and itself, not ${dirname(to) === "." ? to : dirname(to)}.`;
}

/** `process`, `globalThis.process`, or import.meta, which carries an env of its own under bundlers. */
function isProcess(node) {
  if (node?.type === "Identifier") return node.name === "process";
  if (node?.type === "MemberExpression") return nameOf(node.property) === "process";
  return node?.type === "MetaProperty";
}

function nameOf(node) {
  return node.type === "Identifier" ? node.name : node.value;
}

function toPosix(path) {
  return path.split(sep).join("/");
}
