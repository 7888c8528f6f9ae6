/**
 * A small disk of its own for a database: a file system in memory that is full when a test says so. Mounting one takes
 * root, which is told as the reason where it cannot be had.
 */
import { execFile } from "node:child_process";
import { chmod, mkdtemp, open, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export interface SmallDisk extends AsyncDisposable {
  readonly folder: string;
  /** Leaves not a byte free. */
  fill(): Promise<void>;
  /** Takes what filled it away. */
  empty(): Promise<void>;
}

const run = promisify(execFile);
const CHUNK = Buffer.alloc(1024 * 1024);

export async function mountSmallDisk(megabytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), "posthorn-disk-"));
  await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder]);
  await chmod(folder, 0o777);
  const ballast = join(folder, "ballast");
  return {
    folder,
    async fill() {
      await using file = await open(ballast, "a");
      for (;;) {
        const { bavail, bsize } = await statfs(folder);
        if (bavail === 0) return;
        // Somebody else may take the last block in this moment.
        await file.write(CHUNK, 0, Math.min(CHUNK.length, bavail * bsize)).catch(() => {});
      }
    },
    empty: () => rm(ballast, { force: true }),
    async [Symbol.asyncDispose]() {
      await run("umount", ["--lazy", folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Why no small disk can be had here; null when it can. */
export async function whyNoSmallDisk(): Promise<string | null> {
  try {
    const disk = await mountSmallDisk(1);
    await disk[Symbol.asyncDispose]();
    return null;
  } catch (error) {
    return `no file system can be mounted here (${(error as Error).message.trim().split("\n").at(-1)})`;
  }
}
