import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { DirectoryHeldError, holdDirectory } from "./hold-directory.ts";

/** A process that holds the directory and says so, until it is told to end. */
const HOLDER = `
  const { holdDirectory } = await import(${JSON.stringify(new URL("./hold-directory.ts", import.meta.url).href)});
  await holdDirectory(process.argv[1]).then(
    () => process.stdout.write("held\\n"),
    (error) => { process.stdout.write(error.name + "\\n"); process.exit(1); },
  );
  setInterval(() => {}, 60_000);
`;

let directory: string;
const children: ChildProcess[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "posthorn-hold-"));
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await rm(directory, { recursive: true, force: true });
});

async function startHolder(): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", HOLDER, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [chunk] = (await once(child.stdout, "data")) as [Buffer];
  return { child, said: chunk.toString().trim() };
}

describe("holdDirectory", () => {
  it("refuses a second holder in the same process, naming the directory", async () => {
    await using _hold = await holdDirectory(directory);
    const refusal = await holdDirectory(directory).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(DirectoryHeldError);
    expect((refusal as Error).message).toContain(directory);
  });

  it("refuses a directory that another process holds, and lets it go when that one is killed", async () => {
    const { child, said } = await startHolder();
    expect(said).toBe("held");
    await expect(holdDirectory(directory)).rejects.toThrow(DirectoryHeldError);

    child.kill("SIGKILL");
    await once(child, "exit");
    await using _hold = await holdDirectory(directory);
    expect((await startHolder()).said).toBe("DirectoryHeldError");
  });

  it("knows the directory under another path", async () => {
    const alias = `${directory}-alias`;
    await symlink(directory, alias);
    try {
      await using _hold = await holdDirectory(directory);
      await expect(holdDirectory(alias)).rejects.toThrow(DirectoryHeldError);
    } finally {
      await rm(alias);
    }
  });

  it("can be held again once it was let go", async () => {
    for (let round = 0; round < 3; round += 1) await (await holdDirectory(directory))[Symbol.asyncDispose]();
  });

  it("lets one of many openers that start at once have it", async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => holdDirectory(directory)));
    const held = outcomes.filter((outcome) => outcome.status === "fulfilled");
    expect(held).toHaveLength(1);
    for (const { value } of held) await value[Symbol.asyncDispose]();
  });
});
