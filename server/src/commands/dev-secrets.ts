/**
 * The secrets of a development server: made at its first start and kept in a file that only its owner reads, so that
 * the next start opens what this one encrypted and the same keys go on working.
 */
import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import path from "node:path";

import { createToken } from "../core/access/api-key-token.ts";

export interface DevSecretsFile {
  readonly rootKey: string;
  readonly encryptionKeys: string;
  /** Of the default tenant. */
  readonly apiKey: string;
}

const FILE = "secrets.json";

/** Throws a plain Error when the file is there and cannot be used. */
export async function keepDevSecrets(directory: string): Promise<DevSecretsFile> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = path.join(directory, FILE);
  const known = await readDevSecrets(directory);
  if (known !== null) return known;
  const made: DevSecretsFile = {
    rootKey: `root_${randomBytes(32).toString("base64url")}`,
    encryptionKeys: `dev:${randomBytes(32).toString("base64")}`,
    apiKey: createToken(),
  };
  return (await putInPlace(file, made)) ? made : ((await readDevSecrets(directory)) ?? made);
}

/** Whole or not at all, whenever this process dies. Resolves to false when another was there first. */
async function putInPlace(file: string, made: DevSecretsFile): Promise<boolean> {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  const handle = await open(draft, "wx", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(made, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft);
  }
}

/** Null when no development server has started there yet. Throws as above. */
export async function readDevSecrets(directory: string): Promise<DevSecretsFile | null> {
  const file = path.join(directory, FILE);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  try {
    const { rootKey, encryptionKeys, apiKey } = JSON.parse(text) as Partial<DevSecretsFile>;
    if (rootKey !== undefined && encryptionKeys !== undefined && apiKey !== undefined) {
      return { rootKey, encryptionKeys, apiKey };
    }
  } catch {
    // Said below, without the content.
  }
  throw new Error(
    `${file} does not hold the secrets of a development server. Restore it, or start in a new --data-dir.`,
  );
}
