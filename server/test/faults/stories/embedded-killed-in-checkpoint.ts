import { watch } from "node:fs";
import { join } from "node:path";

import { createApiCall } from "../../crash/crash-tenant.ts";
import { type Fault, pass } from "../fault.ts";

/** A checkpoint is made when 128 MB of log have gathered. */
const LOG_MB = 140;
const EVENT_BYTES = 240 * 1024;
const EVENTS_A_BATCH = 4;
const WAITS_MS = 30_000;

/** Half of the pages are written and the log is not yet cut: the next start must recover from it. */
export const embeddedKilledInCheckpoint: Fault = {
  name: "embedded-killed-in-checkpoint",
  about: "kill -9 of the server while its embedded database makes a checkpoint",
  on: ["embedded"],
  repeats: "in flight",
  recoversInMs: 30_000,
  async tell(scene) {
    const node = await scene.startNode();
    const load = await scene.publishTo(node);
    const call = createApiCall(node.url, scene.rootKey);
    const { slug } = await call("POST", "/v1/tenants", { name: "Large" });
    const path = `/v1/tenants/${String(slug)}`;
    await call("PUT", `${path}/event-types/large.one`, {});
    // Random text, or the database would compress it.
    const data = Array.from({ length: EVENT_BYTES / 10 }, () => Math.random().toString(36).slice(2, 12)).join("");
    const events = Array.from({ length: EVENTS_A_BATCH }, () => ({ type: "large.one", data }));

    // The first that a checkpoint writes is the state of transactions, which hardly anything else does.
    const begun = Promise.withResolvers<string>();
    const watcher = watch(join(scene.directory, "pg_xact"), () => begun.resolve("begun"));
    for (let sent = 0; sent < LOG_MB * 1024 * 1024; sent += EVENTS_A_BATCH * EVENT_BYTES) {
      await call("POST", `${path}/events/batch`, { events });
    }
    const seen = await Promise.race([begun.promise, pass(WAITS_MS)]);
    node.signal("SIGKILL");
    watcher.close();
    scene.expect(seen === "begun", "no checkpoint was seen");
    await node.exited;
    await load.stop();
    await scene.witness(node);
    await scene.startNode();
    scene.healed();
  },
};
