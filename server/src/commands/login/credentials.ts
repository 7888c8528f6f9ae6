/**
 * The logins of this machine's user, in a file that only they read: the newest last, one for each server. Whoever changes
 * it holds its directory, since a refresh token that two commands spend at once ends the login.
 */
import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { z } from "zod";

import { DirectoryHeldError, holdDirectory } from "../../db/hold-directory.ts";

const loginSchema = z.object({
  /** The server's origin, with the path below which it is reached. */
  url: z.string(),
  tenant: z.string(),
  scope: z.string(),
  accessToken: z.string(),
  accessExpiresAt: z.string().transform((text) => new Date(text)),
  refreshToken: z.string(),
});
const fileSchema = z.object({ logins: z.array(loginSchema) });

export type StoredLogin = z.infer<typeof loginSchema>;

/** Another command refreshes within a second or two. */
const HELD_TRIES = 200;
const HELD_WAIT_MS = 50;

/** None where nobody has logged in. Throws a plain Error when the file is there and cannot be used. */
export async function readLogins(file: string): Promise<readonly StoredLogin[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
  try {
    return fileSchema.parse(JSON.parse(text)).logins;
  } catch {
    // Without the content.
    throw new Error(`${file} does not hold logins. Remove it, and log in again.`);
  }
}

/** Changes the file whole or not at all. `change` sees it as it is while nobody else changes it. */
export async function changeLogins<Result>(
  file: string,
  change: (
    logins: readonly StoredLogin[],
  ) => Promise<{ readonly logins: readonly StoredLogin[]; readonly result: Result }>,
): Promise<Result> {
  const directory = path.dirname(file);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await using _held = await hold(directory);
  const before = await readLogins(file);
  const { logins, result } = await change(before);
  if (logins !== before) await write(file, logins);
  return result;
}

async function hold(directory: string): Promise<AsyncDisposable> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await holdDirectory(directory);
    } catch (error) {
      if (!(error instanceof DirectoryHeldError)) throw error;
      if (tries >= HELD_TRIES) throw new Error(`Another command holds ${directory}.`, { cause: error });
      await wait(HELD_WAIT_MS);
    }
  }
}

async function write(file: string, logins: readonly StoredLogin[]): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    await using handle = await open(draft, "wx", 0o600);
    await handle.writeFile(`${JSON.stringify({ logins }, null, 2)}\n`);
    await handle.sync();
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await rename(draft, file);
}
