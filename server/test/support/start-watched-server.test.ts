import { expect, it, vi } from "vitest";

import { answerOk, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { AWAY_MS } from "../../src/pipeline/dispatch/node-membership.ts";
import { openTestDatabase } from "./database.ts";
import { startWatchedServer } from "./start-watched-server.ts";

it("sends however long ago it was started, since no heartbeat runs by itself", async () => {
  await using database = await openTestDatabase();
  await using receiver = await startReceiver();
  receiver.react(answerOk);
  await using watched = await startWatchedServer({ database });
  const tenant = await watched.newTenant("a.b");
  const { id } = await watched.send("POST", `${tenant}/endpoints`, { url: receiver.url });
  const now = performance.now.bind(performance);
  using clock = vi.spyOn(performance, "now").mockImplementation(() => now() + AWAY_MS);
  await watched.send("POST", `${tenant}/endpoints/${String(id)}/test`);
  expect(receiver.requests).toHaveLength(1);
  expect(clock).toHaveBeenCalled();
});
