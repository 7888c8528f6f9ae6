import { afterAll, beforeAll, expect, test } from "vitest";

import { openEngineBench, type EngineBench, ROOT } from "../../../test/support/engine-bench.ts";
import { describeWithPostgres } from "../../../test/support/database.ts";
import { listSecrets } from "../../core/secrets/list-secrets.ts";
import { lockEndpoint } from "../../db/queries/lock-endpoint.ts";
import { SecretUses } from "./secret-uses.ts";

type Noted = Parameters<SecretUses["note"]>[0];

let bench: EngineBench;
beforeAll(async () => {
  bench = await openEngineBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const use = (endpointId: string, at: Date): Noted =>
  ({ delivery: { endpointId }, attempt: { startedAt: at, signedBy: [1] } }) as unknown as Noted;

async function setup() {
  const { tenant, addEndpoint } = await bench.addTenant();
  const endpointId = await addEndpoint();
  const lastUse = async (): Promise<Date | null | undefined> => {
    const input = { after: null, limit: 1 };
    const page = await listSecrets({ context: bench.context, actor: ROOT, tenantId: tenant.id, endpointId, input });
    return page.items[0]?.lastUsedAt;
  };
  return { tenant, endpointId, lastUse };
}

test("many uses of a version are one row, with the latest time", async () => {
  const { endpointId, lastUse } = await setup();
  const uses = new SecretUses();
  for (const ms of [1, 3, 2]) uses.note(use(endpointId, new Date(ms)));
  expect(await uses.write(bench.database)).toBe(1);
  expect(await lastUse()).toEqual(new Date(3));
});

test("a node that writes late does not set the time back", async () => {
  const { endpointId, lastUse } = await setup();
  const [one, late] = [new SecretUses(), new SecretUses()];
  one.note(use(endpointId, new Date(2)));
  late.note(use(endpointId, new Date(1)));
  await one.write(bench.database);
  await late.write(bench.database);
  expect(await lastUse()).toEqual(new Date(2));
});

test("a delivery for which no request was made counts for nothing", async () => {
  const uses = new SecretUses();
  uses.note({ delivery: { endpointId: "e" }, attempt: null } as unknown as Noted);
  expect(await uses.write(bench.database)).toBe(0);
});

describeWithPostgres("beside others", () => {
  test("a version that somebody holds is passed over and written the next time", async () => {
    const { tenant, endpointId, lastUse } = await setup();
    const uses = new SecretUses();
    uses.note(use(endpointId, new Date(5)));
    await bench.database.transaction(async (transaction) => {
      await lockEndpoint(transaction, { tenantId: tenant.id, endpointId });
      await transaction.script(`select from secret_versions where endpoint_id = '${endpointId}' for update`);
      expect(await uses.write(bench.database)).toBe(0);
    });
    expect(await uses.write(bench.database)).toBe(1);
    expect(await lastUse()).toEqual(new Date(5));
  });
});
