import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { parseToken } from "../core/access/api-key-token.ts";
import { parseKeyRing } from "../core/encryption/key-ring.ts";
import { keepDevSecrets, readDevSecrets } from "./dev-secrets.ts";

let directory: string;

beforeEach(async () => {
  directory = path.join(await mkdtemp(path.join(tmpdir(), "posthorn-test-")), "data");
});
afterEach(() => rm(path.dirname(directory), { recursive: true }));

describe("keepDevSecrets", () => {
  it("makes secrets that the server takes, and keeps them", async () => {
    const made = await keepDevSecrets(directory);
    parseKeyRing(made.encryptionKeys);
    expect(parseToken(made.apiKey)).not.toBeNull();
    expect(made.rootKey.length).toBeGreaterThan(24);
    expect(await keepDevSecrets(directory)).toEqual(made);
    expect(await readDevSecrets(directory)).toEqual(made);
  });

  it("lets its owner alone read them, and leaves no draft", async () => {
    await keepDevSecrets(directory);
    expect(await readdir(directory)).toEqual(["secrets.json"]);
    expect((await stat(path.join(directory, "secrets.json"))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  it("gives all who start at once the same", async () => {
    const made = await Promise.all([1, 2, 3].map(() => keepDevSecrets(directory)));
    expect(new Set(made.map(({ apiKey }) => apiKey)).size).toBe(1);
  });

  it("makes different ones in another directory", async () => {
    const [one, other] = [await keepDevSecrets(directory), await keepDevSecrets(path.join(directory, "other"))];
    expect(other.rootKey).not.toBe(one.rootKey);
  });

  it.each(["", "{}", "not JSON", '{"rootKey":"secret"'])(
    "refuses a file that holds %j, and shows nothing of it",
    async (text) => {
      await keepDevSecrets(directory);
      await writeFile(path.join(directory, "secrets.json"), text);
      const refused = keepDevSecrets(directory);
      await expect(refused).rejects.toThrow("does not hold the secrets");
      await expect(refused).rejects.not.toThrow('"rootKey"');
    },
  );
});

it("there are none before the first start", async () => {
  expect(await readDevSecrets(directory)).toBeNull();
});
