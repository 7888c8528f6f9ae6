/**
 * `posthorn keys`: the encryption keys of what is sealed in the database. `generate` prints a new one, `list` says what
 * each is used for, `rotate` says how to change to a new one, `reencrypt` moves what is sealed to the current one.
 * Keys that are in use are never printed.
 */
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";

import { ConfigError, readEncryptionKeys } from "../config.ts";
import { parseKeyRing } from "../core/encryption/key-ring.ts";
import { reencrypt } from "../core/encryption/reencrypt.ts";
import { SEALED_STORES } from "../core/encryption/sealed-stores.ts";
import { findKeyFaults } from "../core/secrets/find-key-faults.ts";
import { countKeyUses } from "../db/queries/count-key-uses.ts";
import { type Tools, withTools } from "./open-tools.ts";

const KEY_BYTES = 32;
const ID_BYTES = 4;

/** Throws ConfigError for a mistake of the command line or the settings. */
export async function runKeys(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { id: { type: "string" }, "data-dir": { type: "string" } },
  });
  const [act, ...rest] = positionals;
  if (rest.length > 0) throw new ConfigError(`Unexpected argument ${String(rest[0])}. See posthorn --help.`);
  if (values.id !== undefined && act !== "generate" && act !== "rotate") {
    throw new ConfigError("--id names a new key: it goes with keys generate and keys rotate.");
  }
  switch (act) {
    case "generate":
      return print([generateKey(values.id)]);
    case "rotate":
      return print(explainRotation(readEncryptionKeys(), values.id));
    case "list":
      return withTools({ dataDir: values["data-dir"] }, listKeys);
    case "reencrypt":
      return withTools({ dataDir: values["data-dir"] }, reencryptAll);
    default:
      throw new ConfigError("Expected posthorn keys generate, list, rotate or reencrypt. See posthorn --help.");
  }
}

/** `id:base64`. The id is drawn unless it is given: two keys never share one by accident. */
export function generateKey(id = `k-${randomBytes(ID_BYTES).toString("hex")}`): string {
  const key = `${id}:${randomBytes(KEY_BYTES).toString("base64")}`;
  try {
    parseKeyRing(key);
  } catch {
    throw new ConfigError("--id: 1 to 32 letters, digits, - and _.");
  }
  return key;
}

function explainRotation(encryptionKeys: string, id: string | undefined): string[] {
  const old = parseKeyRing(encryptionKeys).keyIds;
  const made = generateKey(id);
  const newId = made.slice(0, made.indexOf(":"));
  if (old.includes(newId)) throw new ConfigError(`--id: the key ring has a key ${newId} already.`);
  return [
    "A new encryption key. Keep it as carefully as the others:",
    "",
    `  ${made}`,
    "",
    "Change to it in this order. Each entry of POSTHORN_ENCRYPTION_KEYS is id:base64; the first encrypts, all decrypt.",
    "",
    `1. Restart every process with ${[...old, newId].join(",")} (the new key last): all can read what it will seal.`,
    `2. Restart every process with ${[newId, ...old].join(",")} (the new key first): new values are sealed with it.`,
    "3. posthorn keys reencrypt: moves what is there, while the processes run.",
    `4. A day after step 2, when posthorn keys list says that an old key seals nothing: restart with ${newId} alone.`,
    "",
    "Keep an old key for posthorn audit verify as long as keys list counts audit rows for it.",
  ];
}

async function listKeys({ database, givenKeyRing: keyRing }: Tools): Promise<number> {
  const uses = await countKeyUses(database);
  const faults = new Map((await findKeyFaults({ database, keyRing })).map(({ keyId, message }) => [keyId, message]));
  const unknown = uses.map((use) => use.key_id).filter((keyId) => !keyRing.keyIds.includes(keyId));
  const rowsOf = (keyId: string, place: string): number =>
    uses.find((use) => use.key_id === keyId && use.place === place)?.rows ?? 0;
  const lines = [...keyRing.keyIds, ...new Set(unknown)].map((keyId) => {
    const counts = [
      ...SEALED_STORES.map(({ name, table }) => `${name} ${rowsOf(keyId, table)}`),
      `audit rows ${rowsOf(keyId, "audit_log")}`,
    ];
    return `${keyId} (${describeKey(keyId)}): ${counts.join(", ")}`;
  });
  return print([...lines, ...faults.values()], faults.size === 0 ? 0 : 1);

  function describeKey(keyId: string): string {
    if (!keyRing.keyIds.includes(keyId)) return "NOT IN THE RING";
    if (faults.has(keyId)) return "ANOTHER KEY UNDER THIS ID";
    return keyId === keyRing.currentKeyId ? "current" : "old";
  }
}

async function reencryptAll({ database, givenKeyRing: keyRing }: Tools): Promise<number> {
  const wrong = (await findKeyFaults({ database, keyRing })).find(({ keyId }) => keyId === keyRing.currentKeyId);
  if (wrong !== undefined) return print([wrong.message, "Nothing was moved: give the right key first."], 1);
  const onProgress = ({ store, seen, moved }: { store: string; seen: number; moved: number }): void =>
    void process.stderr.write(`${store}: ${moved} of ${seen} moved\n`);
  const { moved, left, unreadable } = await reencrypt({ database, keyRing, stores: SEALED_STORES, onProgress });
  const lines = [
    `Moved ${moved} values to the key ${keyRing.currentKeyId}.`,
    ...left.map(({ store, keyId, rows }) => `Left: ${rows} ${store} sealed with ${keyId}.`),
    ...unreadable.values(),
  ];
  if (left.some(({ keyId }) => !unreadable.has(keyId))) {
    lines.push("Some were sealed meanwhile: a process runs with an older ring. Restart it, then run this again.");
  }
  if (left.length === 0) lines.push("Everything is sealed with it.");
  return print(lines, left.length === 0 ? 0 : 1);
}

function print(lines: readonly string[], exitCode = 0): number {
  process.stdout.write(`${lines.join("\n")}\n`);
  return exitCode;
}
