import { createHash, randomBytes } from "node:crypto";

import { beforeEach, expect, test } from "vitest";

import { type EngineBench, openEngineBench, ROOT } from "../../../test/support/engine-bench.ts";
import type { Queryable, Statement } from "../../db/database.ts";
import { countKeyUses } from "../../db/queries/count-key-uses.ts";
import { listDialectTokens } from "../../db/queries/list-dialect-tokens.ts";
import { selectDialectSecret } from "../../db/queries/select-dialect-secret.ts";
import { loadEndpoints } from "../../db/queries/load-endpoints.ts";
import type { CoreContext } from "../context.ts";
import { dialectSecretIdentity } from "../dialects/dialect-secret.ts";
import { dialectTokenIdentity } from "../dialects/dialect-token.ts";
import { putDialect } from "../dialects/put-dialect.ts";
import { createEndpoint } from "../endpoints/create-endpoint.ts";
import { deleteEndpoint } from "../endpoints/delete-endpoint.ts";
import { openEndpointParts } from "../endpoints/endpoint-parts.ts";
import { updateEndpoint } from "../endpoints/update-endpoint.ts";
import { beginRequest } from "../idempotency/begin-request.ts";
import { finishRequest } from "../idempotency/finish-request.ts";
import { findKeyFaults } from "../secrets/find-key-faults.ts";
import { openSecrets } from "../secrets/open-secrets.ts";
import { rotateSecret } from "../secrets/rotate-secret.ts";
import { type KeyRing, parseKeyRing } from "./key-ring.ts";
import { reencrypt, type ReencryptProgress } from "./reencrypt.ts";
import { SEALED_STORES } from "./sealed-stores.ts";

const entry = (id: string): string => `${id}:${randomBytes(32).toString("base64")}`;
const [A, B] = [entry("a"), entry("b")];
const onlyA = parseKeyRing(A);
const onlyB = parseKeyRing(B);
const both = parseKeyRing(`${B},${A}`);
const ANSWER = { scope: "s", key: "k", fingerprint: createHash("sha256").update("body").digest() };
const HEADERS = { "x-key": "header value" };

let bench: EngineBench;
let withA: CoreContext;
let tenantId: string;
beforeEach(async () => {
  bench = await openEngineBench();
  withA = { ...bench.context, keyRing: onlyA };
  tenantId = (await bench.addTenant()).tenant.id;
  return () => bench[Symbol.asyncDispose]();
});

/** An endpoint with two live secrets, credentials and a header. */
async function addEndpoint(context: CoreContext = withA) {
  const act = { context, actor: ROOT, tenantId };
  const checkTarget: CoreContext["checkTarget"] = async (url) => ({ ok: true, url, credentials: "user:password" });
  const created = await createEndpoint({
    ...act,
    context: { ...context, checkTarget },
    input: { url: "https://example.com/", headers: HEADERS },
  });
  const endpointId = created.endpoint.id;
  const rotated = await rotateSecret({ ...act, endpointId, input: {} });
  return { endpointId, secrets: [rotated.secret, created.secret] };
}

/** What the endpoint's sealed values are with this ring; throws when a key is missing. */
async function open(keyRing: KeyRing, endpointId: string) {
  const loaded = await loadEndpoints(bench.database, [endpointId]);
  const [row] = loaded.endpoints;
  if (row === undefined) throw new Error("the endpoint is gone");
  return {
    ...openEndpointParts({ keyRing, row }),
    secrets: openSecrets({ keyRing, rows: loaded.secrets }).map((secret) => secret.text),
    version: row.version,
  };
}

async function run(
  keyRing: KeyRing,
  options: { readonly rows?: number; readonly onProgress?: (progress: ReencryptProgress) => void } = {},
) {
  return reencrypt({ database: bench.database, keyRing, stores: SEALED_STORES, onProgress() {}, ...options });
}

test("every sealed value opens with the new key alone, and no endpoint's version moves", async () => {
  const { endpointId, secrets } = await addEndpoint();
  const begun = await beginRequest({ context: withA, ...ANSWER });
  if (begun.kind !== "first") throw new Error("the key was used before");
  const answer = { status: 200, headers: {}, body: Buffer.from("whsec_") };
  await finishRequest({ context: withA, claim: begun.claim, answer });
  const dialect = { tenantId, name: "selfcommunity" } as const;
  await putDialect({ context: withA, actor: ROOT, ...dialect, input: { jwtSecret: "a secret of the owner's" } });
  const authTokens = [{ token: "a-token-of-the-owner's" }];
  await putDialect({ context: withA, actor: ROOT, tenantId, name: "velt", input: { authTokens } });
  const before = await open(onlyA, endpointId);

  const report = await run(both);

  expect(report).toEqual({ moved: 7, left: [], unreadable: new Map() });
  expect(await open(onlyB, endpointId)).toEqual({
    credentials: "user:password",
    headers: [["x-key", "header value"]],
    secrets,
    version: before.version,
  });
  // Which body it was is told by the key that was first at the time, so that stays in the ring for a day.
  const repeated = await beginRequest({ context: { ...withA, keyRing: both }, ...ANSWER });
  expect(repeated).toMatchObject({ kind: "repeated", answer: { body: answer.body } });
  const kept = await selectDialectSecret(bench.database, dialect);
  if (kept === null) throw new Error("the dialect lost its secret");
  const sealed = { keyId: kept.encryption_key_id, bytes: kept.secret };
  expect(onlyB.open(sealed, dialectSecretIdentity(dialect)).toString()).toBe("a secret of the owner's");
  const [token] = await listDialectTokens(bench.database, { tenantId, dialect: "velt", kind: "api" });
  if (token === undefined) throw new Error("the dialect lost its token");
  const sealedToken = { keyId: token.encryption_key_id, bytes: token.sealed };
  expect(onlyB.open(sealedToken, dialectTokenIdentity(token.id)).toString()).toBe("a-token-of-the-owner's");
  expect(await run(both)).toMatchObject({ moved: 0, left: [] });
});

test("stopped in the middle it goes on from there", async () => {
  const endpoints = [await addEndpoint(), await addEndpoint(), await addEndpoint()];
  let batches = 0;
  const stop = (): void => {
    batches += 1;
    if (batches === 2) throw new Error("killed");
  };
  await expect(run(both, { rows: 1, onProgress: stop })).rejects.toThrow("killed");
  for (const { endpointId, secrets } of endpoints) expect((await open(both, endpointId)).secrets).toEqual(secrets);

  expect(await run(both, { rows: 1 })).toMatchObject({ moved: 9 - 2, left: [] });
  for (const { endpointId, secrets } of endpoints) expect((await open(onlyB, endpointId)).secrets).toEqual(secrets);
});

test("what a key at hand does not open stays as it is and is told", async () => {
  const { endpointId, secrets } = await addEndpoint();
  const report = await run(onlyB);
  expect(report.moved).toBe(0);
  expect(report.left).toEqual([
    { store: "signing secrets", keyId: "a", rows: 2 },
    { store: "URL credentials and headers", keyId: "a", rows: 1 },
  ]);
  expect(report.unreadable.get("a")).toMatch(/^The encryption key a is not in the key ring/);

  const other = await run(parseKeyRing(`${B},${entry("a")}`));
  expect(other.moved).toBe(0);
  expect(other.unreadable.get("a")).toMatch(/another key may carry the same id/);
  expect((await open(onlyA, endpointId)).secrets).toEqual(secrets);
});

test("a value that is changed between the read and the write is not overwritten", async () => {
  const { endpointId } = await addEndpoint();
  const act = { context: withA, actor: ROOT, tenantId, endpointId };
  const meanwhile = new Map<string, () => Promise<unknown>>([
    ["replace-sealed-endpoints", () => updateEndpoint({ ...act, input: { headers: { "x-key": "changed" } } })],
    ["replace-sealed-secrets", () => rotateSecret({ ...act, input: { onConflict: "expire_old", overlapSeconds: 0 } })],
  ]);
  const database: Queryable = {
    script: (text) => bench.database.script(text),
    async query<Row extends object>(statement: Statement, parameters: readonly unknown[]): Promise<Row[]> {
      const change = meanwhile.get(statement.name);
      meanwhile.delete(statement.name);
      await change?.();
      return bench.database.query(statement, parameters);
    },
  };
  const report = await reencrypt({ database, keyRing: both, stores: SEALED_STORES, onProgress() {} });
  expect(report.left).toEqual([]);
  expect(meanwhile.size).toBe(0);
  const opened = await open(onlyB, endpointId);
  expect(opened.headers).toEqual([["x-key", "changed"]]);
  expect(opened.secrets).toHaveLength(1);
});

test("wiped values name no key, so a deleted endpoint holds no key back", async () => {
  const { endpointId } = await addEndpoint();
  await deleteEndpoint({ context: withA, actor: ROOT, tenantId, endpointId });
  const uses = await countKeyUses(bench.database);
  expect(uses.filter((use) => use.place !== "audit_log")).toEqual([]);
  expect(uses).toContainEqual(expect.objectContaining({ key_id: "a", place: "audit_log" }));
});

test("a missing key, and another one under its id, are found; one damaged value makes no key another one", async () => {
  const { endpointId } = await addEndpoint();
  await addEndpoint();
  await bench.database.query(
    { name: "test-damage", text: "update secret_versions set sealed = sealed || 'x' where endpoint_id = $1::uuid" },
    [endpointId],
  );
  const { database } = bench;
  expect(await findKeyFaults({ database, keyRing: both })).toEqual([]);
  expect(await findKeyFaults({ database, keyRing: onlyB })).toMatchObject([{ keyId: "a" }]);
  expect(await findKeyFaults({ database, keyRing: parseKeyRing(entry("a")) })).toMatchObject([{ keyId: "a" }]);
});

test("every table that names an encryption key is moved and counted", async () => {
  const rows = await bench.database.query<{ name: string }>(
    {
      name: "test-sealed-tables",
      text: `select table_name::text as name from information_schema.columns
        where column_name = 'encryption_key_id' and table_schema = 'public' order by 1`,
    },
    [],
  );
  expect(SEALED_STORES.map((store) => store.table).toSorted()).toEqual(rows.map((row) => row.name));
});
