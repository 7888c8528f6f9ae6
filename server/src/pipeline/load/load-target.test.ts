import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import {
  type EngineBench,
  heldDelivery,
  openEngineBench,
  ROOT,
  type TenantBench,
} from "../../../test/support/engine-bench.ts";
import { deleteEndpoint } from "../../core/endpoints/delete-endpoint.ts";
import { disableEndpoint } from "../../core/endpoints/disable-endpoint.ts";
import { updateEndpoint } from "../../core/endpoints/update-endpoint.ts";
import { parseKeyRing } from "../../core/encryption/key-ring.ts";
import { sealSecret } from "../../core/secrets/seal-secret.ts";
import { rotateSecret } from "../../core/secrets/rotate-secret.ts";
import type { HeldDelivery } from "../held-delivery.ts";
import { TargetLoader } from "./load-target.ts";
import { openTargets } from "./open-targets.ts";

let bench: EngineBench;
let home: TenantBench;
let endpointId: string;

beforeAll(async () => {
  bench = await openEngineBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  home = await bench.addTenant("a");
  endpointId = await home.addEndpoint();
});

/** A loader, and how many endpoints each of its look-ups asked for. */
function setup(keyRing = bench.context.keyRing) {
  const loads: number[] = [];
  const loader = new TargetLoader({
    database: bench.database,
    open: (loaded) => {
      loads.push(loaded.endpoints.length);
      return openTargets(keyRing, loaded);
    },
  });
  return { loader, loads };
}

const HELD_LONG = { heldSince: performance.now() - 1_000 };

async function delivery(input: Partial<HeldDelivery> = {}): Promise<HeldDelivery> {
  return heldDelivery({
    endpointId,
    version: await readVersion(),
    ...input,
    heldSince: input.heldSince ?? performance.now(),
  });
}

async function readVersion(): Promise<number> {
  const text = "select version from endpoints where id = $1::uuid";
  const [row] = await bench.database.query<{ version: number }>({ name: "test-version", text }, [endpointId]);
  return row?.version ?? -1;
}

const of = () => ({ context: bench.context, actor: ROOT, tenantId: home.tenant.id, endpointId });
const moveTo = (url: string) => updateEndpoint({ ...of(), input: { url } });

describe("TargetLoader", () => {
  it("reads an endpoint once and answers at once from then on", async () => {
    const { loader, loads } = setup();
    const held = await delivery();
    expect(await loader.find(held)).toMatchObject({ kind: "ready", target: { url: "https://receiver.example/" } });
    expect(loader.find({ ...held, heldSince: performance.now() })).toMatchObject({ kind: "ready" });
    expect(loads).toEqual([1]);
  });

  it("reads what is asked in one turn by one look-up, each endpoint once", async () => {
    const { loader, loads } = setup();
    const other = await home.addEndpoint();
    const held = await delivery();
    await Promise.all([loader.find(held), loader.find(held), loader.find({ ...held, endpointId: other, version: 1 })]);
    expect(loads).toEqual([2]);
  });

  it("is never older than the version that the lease knew", async () => {
    const { loader } = setup();
    await loader.find(await delivery());
    await moveTo("https://moved.example/");
    expect(await loader.find(await delivery())).toMatchObject({ target: { url: "https://moved.example/" } });
  });

  it("asks again for a delivery that was held for more than 100 ms", async () => {
    const { loader } = setup();
    const held = await delivery();
    await loader.find(held);
    await moveTo("https://moved.example/");
    expect(await loader.find({ ...held, ...HELD_LONG })).toMatchObject({ target: { url: "https://moved.example/" } });
  });

  it("has both secrets from the rotation on, the newest first", async () => {
    const { loader } = setup();
    const before = await loader.find(await delivery());
    await rotateSecret({ ...of(), input: { overlapSeconds: 60 } });
    const after = await loader.find(await delivery());
    if (before.kind !== "ready" || after.kind !== "ready") throw new Error("not loaded");
    expect(after.target.secrets.map(({ number }) => number)).toEqual([2, 1]);
    expect(after.target.secrets[1]).toMatchObject({
      key: before.target.secrets[0]?.key,
      endsAtMs: bench.clock.nowMs() + 60_000,
    });
  });

  it("says that an endpoint is deleted, and that one never was", async () => {
    const { loader } = setup();
    const held = await delivery();
    await deleteEndpoint(of());
    expect(await loader.find({ ...held, ...HELD_LONG })).toMatchObject({
      kind: "ready",
      target: { status: "deleted" },
    });
    expect(await loader.find(heldDelivery())).toEqual({ kind: "gone" });
  });

  it("finds the status as it is now", async () => {
    const { loader } = setup();
    const loaded = await loader.find(await delivery());
    if (loaded.kind !== "ready") throw new Error("not loaded");
    expect(await loader.findStatus(loaded.target)).toBe("active");
    await disableEndpoint(of());
    expect(await loader.findStatus(loaded.target)).toBe("disabled");
  });

  it("says which key is not at hand, and remembers nothing of it", async () => {
    const { loader } = setup(parseKeyRing(`other:${Buffer.alloc(32).toString("base64")}`));
    expect(await loader.find(await delivery())).toEqual({ kind: "key_unavailable", keyId: "test" });
  });

  it("lets an endpoint that cannot be read keep no other from being loaded", async () => {
    const { loader } = setup();
    const broken = await home.addEndpoint();
    const { sealed } = sealSecret({
      keyRing: bench.context.keyRing,
      endpointId: broken,
      number: 1,
      signature: "hmac",
      text: "malformed",
    });
    await bench.database.query(
      { name: "test-break", text: "update secret_versions set sealed = $2::bytea where endpoint_id = $1::uuid" },
      [broken, sealed],
    );
    const held = await delivery();
    const found = await Promise.allSettled([
      loader.find({ ...held, endpointId: broken, version: 1 }),
      loader.find(held),
    ]);
    expect(found.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  });
});
