/** The statements on a real database against the pure life cycle: after every step of a walk both say the same. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

import { later, secretStep, type SecretStep } from "../../../test/support/secret-steps.ts";
import { startApi, type TestApi } from "../../../test/support/start-api.ts";
import type { Statement } from "../../db/database.ts";
import { expireOverlaps } from "../../db/queries/expire-overlaps.ts";
import type { Actor } from "../access/actor.ts";
import { createEndpoint } from "../endpoints/create-endpoint.ts";
import { deleteEndpoint } from "../endpoints/delete-endpoint.ts";
import { CoreError } from "../errors/core-error.ts";
import { createTenant } from "../tenants/create-tenant.ts";
import { deleteTenant } from "../tenants/delete-tenant.ts";
import { changeSecrets } from "./change-secrets.ts";
import { decideSecrets, type SecretMove, type SecretStanding } from "./secret-lifecycle.ts";

const actor: Actor = { kind: "root", address: null };

/** What the rows say, whether values are there included. */
const READ_VERSIONS: Statement = {
  name: "test-read-versions",
  text: `select number, state, expires_at as "expiresAt", sealed is not null as sealed, activated_at is not null as used
    from secret_versions where endpoint_id = $1::uuid order by number`,
};

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

interface Walked {
  readonly endpointId: string;
  readonly tenantId: string;
  readonly versions: readonly SecretStanding[];
}

/** Takes an endpoint of a new tenant through the steps, comparing after each. */
async function walk(steps: readonly SecretStep[]): Promise<Walked> {
  const { context, clock, database } = api;
  const { id: tenantId } = await createTenant({ context, actor, input: { name: "Walk" } });
  const { endpoint } = await createEndpoint({ context, actor, tenantId, input: { url: "https://example.com/" } });
  const act = { context, actor, tenantId, endpointId: endpoint.id };
  let versions: readonly SecretStanding[] = [{ number: 1, state: "active", expiresAt: null }];

  for (const step of steps) {
    if ("kind" in step) {
      clock.advance(step.ms);
      continue;
    }
    const now = clock.now();
    const event = step.toEvent(now);
    const decision = decideSecrets({ versions, event, now });
    const before = await readEndpointVersion(endpoint.id);
    if (event.kind === "overlap_ends") await expireOverlaps(database, { now, limit: 100 });
    else {
      const change = { action: "secret.rotate", reason: undefined, decideEvent: () => event } as const;
      const outcome = await changeSecrets(act, { ...change, toAnswer: () => null }).catch((error: unknown) => {
        expect(error).toBeInstanceOf(CoreError);
        return "refused" as const;
      });
      expect(outcome === "refused", `${event.kind} of ${JSON.stringify(versions)}`).toBe(!decision.ok);
    }
    if (decision.ok) {
      const moved = write(versions, [...decision.endings, ...decision.moves]);
      versions = decision.added === null ? moved : [...moved, { ...decision.added, expiresAt: null }];
    }
    await expectRows(endpoint.id, versions);
    const isWritten = decision.ok && decision.endings.length + decision.moves.length + (decision.added ? 1 : 0) > 0;
    expect((await readEndpointVersion(endpoint.id)) > before, event.kind).toBe(isWritten);
  }
  return { endpointId: endpoint.id, tenantId, versions };
}

async function readEndpointVersion(endpointId: string): Promise<number> {
  const [row] = await api.database.query<{ version: number }>(
    { name: "test-endpoint-version", text: "select version from endpoints where id = $1::uuid" },
    [endpointId],
  );
  return row?.version ?? 0;
}

async function expectRows(endpointId: string, versions: readonly SecretStanding[]): Promise<void> {
  const rows = await api.database.query<SecretStanding & { sealed: boolean; used: boolean }>(READ_VERSIONS, [
    endpointId,
  ]);
  expect(rows.map(({ number, state, expiresAt }) => ({ number, state, expiresAt }))).toEqual(versions);
  for (const row of rows) {
    expect(row.sealed, `version ${row.number}`).toBe(row.state !== "expired");
    if (row.state !== "expired") expect(row.used, `version ${row.number}`).toBe(row.state !== "staged");
  }
}

function write(versions: readonly SecretStanding[], moves: readonly SecretMove[]): SecretStanding[] {
  return versions.map((version): SecretStanding => {
    const move = moves.find((candidate) => candidate.number === version.number);
    return move === undefined ? version : { number: version.number, state: move.to, expiresAt: move.expiresAt };
  });
}

const someSteps = fc.array(secretStep, { minLength: 5, maxLength: 25 });

test("after every event the rows are what the life cycle says", async () => {
  await fc.assert(
    fc.asyncProperty(someSteps, async (steps) => {
      await walk(steps);
    }),
    { numRuns: 40 },
  );
}, 120_000);

test("a deleted endpoint, and each of a deleted tenant, has the rows that the life cycle says", async () => {
  await fc.assert(
    fc.asyncProperty(someSteps, fc.boolean(), async (steps, withTenant) => {
      const { context, clock } = api;
      const { endpointId, tenantId, versions } = await walk(steps);
      const now = clock.now();
      if (withTenant) await deleteTenant({ context, actor, tenantId });
      else await deleteEndpoint({ context, actor, tenantId, endpointId });
      const decision = decideSecrets({ versions, event: { kind: "delete_endpoint" }, now });
      if (!decision.ok) throw new Error("a deletion is never refused");
      await expectRows(endpointId, write(versions, [...decision.endings, ...decision.moves]));
      // What follows must find nothing that stands: time goes on, and with it the marking of overlaps.
      clock.advance(1);
      await expireOverlaps(api.database, { now: later(now, 2_592_000_000), limit: 100 });
    }),
    { numRuns: 15 },
  );
}, 120_000);
