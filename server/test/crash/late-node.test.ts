/** A node that freezes with requests on their way comes back to find its deliveries made by another. */
import { expect, it } from "vitest";

import { answerOk, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { describeWithPostgres } from "../support/database.ts";
import { createApiCall } from "./crash-tenant.ts";
import { openCrashSite } from "./open-crash-site.ts";
import { fromUuidId } from "../../src/core/ids/public-id.ts";
import type { CrashingServer } from "./start-crashing-server.ts";
import { sendPublish } from "./start-load.ts";

/** To the other node the frozen one seems to be silent for longer than a node may be. */
const AWAY_MS = 12_000;

describeWithPostgres("a node that comes back late", () => {
  it("records nothing over the node that took its deliveries", async () => {
    await using site = await openCrashSite({ kind: "postgres", awayMs: AWAY_MS });
    await using receiver = await startReceiver();
    const frozen = await site.live();
    const call = createApiCall(frozen.url, site.rootKey);
    const tenant = await call("POST", "/v1/tenants", { name: "Late" });
    const path = `/v1/tenants/${String(tenant["slug"])}`;
    await call("PUT", `${path}/event-types/order.paid`, {});
    await call("POST", `${path}/endpoints`, { url: receiver.url });
    const answers = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    receiver.react(async (exchange) => {
      await answers[receiver.requests.length - 1]?.promise;
      await answerOk(exchange);
    });

    await sendPublish(
      { url: frozen.url, tenantPath: path, rootKey: site.rootKey },
      { events: [{ id: "event-1", type: "order.paid" }], isBatch: false, answered: null },
    );
    await receiver.waitForRequests(1);
    frozen.kill("SIGSTOP");
    site.letTimePass();
    const other = await site.startAnother();
    await receiver.waitForRequests(2);

    const recordedLate = nextRecord(frozen);
    frozen.kill("SIGCONT");
    answers[0]?.resolve();

    expect(await recordedLate).toEqual({ told: "recorded", fenced: 1 });
    const tenantId = fromUuidId("ten", String(tenant["id"])) ?? "";
    const between = await other.read(tenantId);
    expect(between).toMatchObject({
      queue: [{ attempts: 0, lease: expect.any(Number) as number }],
      ended: [],
      attempts: [],
    });

    const recorded = nextRecord(other);
    answers[1]?.resolve();

    expect(await recorded).toEqual({ told: "recorded", fenced: 0 });
    const { queue, ended, attempts } = await other.read(tenantId);
    expect(queue).toEqual([]);
    expect(ended).toMatchObject([{ state: "succeeded", attempts: 1 }]);
    expect(attempts).toMatchObject([{ number: 1, outcome: "accepted" }]);
  });
});

function nextRecord(server: CrashingServer): Promise<unknown> {
  return new Promise((resolve) => {
    server.onTold((told) => {
      if (told.told === "recorded") resolve(told);
    });
  });
}
