/**
 * The wall clock of a process, set while it runs: libfaketime is loaded before the process, and reads from a file by
 * how much the time it tells is wrong. The monotonic clock stays as it is, as when an operator sets the time.
 */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { globSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface WallClock extends AsyncDisposable {
  /** For the process. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on it is wrong by so many seconds. */
  set(offsetSeconds: number): Promise<void>;
}

/** The library that is not for programs with threads comes first in no process of ours: all have threads. */
const LIBRARY = globSync("/usr/lib/*/faketime/libfaketimeMT.so.1")[0] ?? null;

export function whyNoWallClock(): Promise<string | null> {
  return Promise.resolve(LIBRARY === null ? "needs libfaketime (Debian: apt-get install libfaketime)" : null);
}

export async function createWallClock(): Promise<WallClock> {
  if (LIBRARY === null) throw new Error("there is no libfaketime here");
  const folder = await mkdtemp(join(tmpdir(), "posthorn-clock-"));
  const file = join(folder, "offset");
  const set = (offsetSeconds: number): Promise<void> =>
    writeFile(file, `${offsetSeconds < 0 ? "" : "+"}${offsetSeconds}s\n`, { mode: 0o644 });
  await set(0);
  // PostgreSQL runs as another user.
  await chmod(folder, 0o755);
  return {
    env: {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      DONT_FAKE_MONOTONIC: "1",
    },
    set,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
