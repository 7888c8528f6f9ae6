/** The `posthorn` command in a folder of its own, as npm installs it: beside a dist, with or without a Node to run on. */
import { spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterEach, expect, test } from "vitest";

const BIN = join(import.meta.dirname, "..", "bin");
const SOURCE_FILES = ["posthorn.js", "current-node.js", "memory-settings.js"];
const PACKAGED_NODE = `node-${process.platform}-${process.arch}`;
const supported = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);
const { isCurrent } = createRequire(import.meta.url)(join(BIN, "current-node.js")) as {
  isCurrent(version: string): boolean;
};

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test("a current Node runs the built server in its own process, with its arguments", () => {
  const { posthorn } = setup({ main: "console.log(process.ppid, ...process.argv.slice(2))" });

  const result = run([posthorn, "dev", "--json"]);

  expect(result).toMatchObject({ status: 0, stderr: "", stdout: `${process.pid} dev --json\n` });
});

test("its heap and the arenas of malloc are kept small, unless its caller says otherwise", () => {
  const { posthorn } = setup({ main: "console.log(process.execArgv.join(' '), process.env.MALLOC_ARENA_MAX)" });
  const [unmoved, seldom, narrow] = [
    "--no-allocation-site-pretenuring",
    "--heap-growing-percent=20",
    "--concurrent-marking-max-worker-num=1",
  ];
  const old = [unmoved, seldom, narrow].join(" ");
  const young = "--min-semi-space-size=16 --max-semi-space-size=16";

  expect(run([posthorn, "dev"])).toMatchObject({ status: 0, stdout: `${young} ${old} 2\n` });
  const own = { NODE_OPTIONS: "--max-semi-space-size=32", MALLOC_ARENA_MAX: "4" };
  expect(run([posthorn, "dev"], own)).toMatchObject({ status: 0, stdout: `${old} 4\n` });
  const asked = ["--heap-growing-percent=50", "--allocation-site-pretenuring"];
  expect(run([...asked, posthorn, "dev"])).toMatchObject({
    status: 0,
    stdout: `${asked.join(" ")} ${young} ${narrow} 2\n`,
  });
});

test("a Node that is newer than the settings of its old generation is spared them", () => {
  const { memoryFlags } = createRequire(import.meta.url)(join(BIN, "memory-settings.js")) as {
    memoryFlags(given: string, version: string | null): string[];
  };

  expect(memoryFlags("", "27.0.0")).toEqual(["--min-semi-space-size=16", "--max-semi-space-size=16"]);
  expect(memoryFlags("", "26.12.1")).toHaveLength(5);
  expect(memoryFlags("", null)).toHaveLength(5);
});

test.runIf(supported)("an old Node runs it on the Node that came with the dependencies", () => {
  const { posthorn, old } = setup({
    main: "console.log(process.versions.node, process.env.MALLOC_ARENA_MAX); process.exitCode = 7",
    packaged: true,
  });

  const result = run([...old, posthorn, "dev"]);

  expect(result).toMatchObject({ status: 7, stdout: `${process.versions.node} 2\n` });
});

test("an old Node without another prints one line and stops", () => {
  const { posthorn, old } = setup({ main: "console.log('started')" });

  const result = run([...old, posthorn, "dev"]);

  expect(result).toMatchObject({ status: 1, stdout: "" });
  expect(result.stderr).toMatch(/^Posthorn needs Node\.js 24, or 26 and newer; this is v.*\n$/);
});

test.runIf(supported)("a signal reaches the server, and its exit code comes back", async () => {
  const main = "process.on('SIGTERM', () => process.exit(5)); setInterval(() => {}, 1000); console.log('ready')";
  const { posthorn, old } = setup({ main, packaged: true });
  const child = spawn(process.execPath, [...old, posthorn, "dev"], { stdio: ["ignore", "pipe", "inherit"] });

  await once(child.stdout, "data");
  child.kill("SIGTERM");

  expect(await once(child, "exit")).toEqual([5, null]);
});

test("a server started by npm ends when npm's shell is gone", async () => {
  const main =
    "process.on('SIGTERM', () => { console.log('ended'); process.exit() }); setInterval(() => {}, 1000); console.log('ready')";
  const { posthorn } = setup({ main });
  const script = `"${process.execPath}" "${posthorn}" dev; true`;
  const shell = spawn("sh", ["-c", script], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, npm_lifecycle_event: "npx" },
  });

  await once(shell.stdout, "data");
  shell.kill("SIGKILL");
  const [output] = (await once(shell.stdout, "data")) as [Buffer];

  expect(output.toString()).toBe("ended\n");
});

test("the versions it takes for current are those of package.json", () => {
  const manifest = JSON.parse(readFileSync(join(BIN, "..", "package.json"), "utf8")) as { engines: { node: string } };

  expect(manifest.engines.node).toBe("^24 || >=26");
  const judged = ["12.22.12", "20.20.2", "22.18.0", "23.11.0", "24.0.0", "24.21.0", "25.9.0", "26.0.0", "30.1.0"];
  expect(judged.filter(isCurrent)).toEqual(["24.0.0", "24.21.0", "26.0.0", "30.1.0"]);
});

test("an old Node can parse it", () => {
  for (const file of SOURCE_FILES) {
    const code = readFileSync(join(BIN, file), "utf8").replaceAll(/\/\*[^]*?\*\/|\/\/.*|"[^"]*"/g, "");
    expect(code, file).not.toMatch(/\b(?:const|let|class|async|await|of)\b|=>|`|\?\.|\?\?|\.\.\./);
  }
});

/** Lays out node_modules/posthorn with `main` as its server, and beside it, if asked, a packaged Node (this one). */
function setup(options: { main: string; packaged?: boolean }): { posthorn: string; old: string[] } {
  const folder = mkdtempSync(join(tmpdir(), "posthorn-command-"));
  folders.push(folder);
  const installed = join(folder, "node_modules", "posthorn");
  cpSync(BIN, join(installed, "bin"), { recursive: true });
  write(join(installed, "package.json"), '{ "type": "module" }');
  write(join(installed, "dist", "main.js"), options.main);
  if (options.packaged) {
    const packaged = join(folder, "node_modules", PACKAGED_NODE);
    write(join(packaged, "package.json"), `{ "name": "${PACKAGED_NODE}" }`);
    mkdirSync(join(packaged, "bin"));
    symlinkSync(process.execPath, join(packaged, "bin", "node"));
  }
  // Makes the Node that loads it look old, to the launcher alone: the server it starts gets no such flag.
  const old = join(folder, "old.cjs");
  write(old, 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });');
  return { posthorn: join(installed, "bin", "posthorn.js"), old: ["--require", old] };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, args, { encoding: "utf8", env: { ...process.env, ...env } });
}
