import { describe, expect, it } from "vitest";

import { heldDelivery } from "../../../test/support/engine-bench.ts";
import { standard } from "../../profiles/standard.ts";
import { decideStart } from "./decide-start.ts";
import type { Target } from "./target.ts";

const NOW = new Date("2026-11-21T10:00:00.000Z");

const target = (status: Target["status"]): Target => ({
  endpointId: "e",
  tenantId: "t",
  version: 1,
  status,
  url: "https://receiver.example/",
  authorization: null,
  profile: standard,
  envelope: "wrapped",
  seal: null,
  headers: [],
  secrets: [],
  timeoutMs: null,
  retryWaits: null,
  verifyTls: true,
});

const PLAN = { secrets: [], ageMs: 0, isAltered: false, eventId: null };

const start = (status: Target["status"], source: "publish" | "test" | "probe" = "publish") =>
  decideStart(
    heldDelivery({ source, attempts: 2, deferrals: 1, probe: source === "probe" ? PLAN : null }),
    { kind: "ready", target: target(status) },
    NOW,
  );

describe("decideStart", () => {
  it("sends to an active endpoint", () => {
    expect(start("active")).toMatchObject({ kind: "send" });
  });

  it("puts a delivery back that finds its endpoint paused, due now", () => {
    expect(start("paused")).toMatchObject({
      kind: "settled",
      finished: { next: { state: "pending", dueAt: NOW, parkUntil: null }, attempt: null },
    });
  });

  it.each(["test", "probe"] as const)("sends a %s to a paused endpoint", (source) => {
    expect(start("paused", source)).toMatchObject({ kind: "send" });
  });

  it("gives up a probe that another node was to send: how it was to be signed is not known here", () => {
    const probe = heldDelivery({ source: "probe", probe: null });
    expect(decideStart(probe, { kind: "ready", target: target("active") }, NOW)).toMatchObject({
      finished: { next: { state: "cancelled", reason: "interrupted" } },
    });
  });

  it.each([
    ["disabled", "endpoint_disabled"],
    ["deleted", "endpoint_deleted"],
  ] as const)("cancels what finds its endpoint %s", (status, reason) => {
    expect(start(status)).toMatchObject({ kind: "settled", finished: { next: { state: "cancelled", reason } } });
  });

  it("cancels what finds no endpoint at all", () => {
    expect(decideStart(heldDelivery(), { kind: "gone" }, NOW)).toMatchObject({
      finished: { next: { state: "cancelled", reason: "endpoint_deleted" } },
    });
  });

  it("lets the whole endpoint wait a minute where its key is not at hand, and says so", () => {
    const until = new Date(NOW.getTime() + 60_000);
    expect(decideStart(heldDelivery(), { kind: "key_unavailable", keyId: "k" }, NOW)).toMatchObject({
      finished: { next: { state: "pending", dueAt: until, parkUntil: until }, heldClass: "key_unavailable" },
    });
  });

  it("spends no try and no deferral", () => {
    for (const status of ["paused", "disabled", "deleted"] as const) {
      expect(start(status)).toMatchObject({ finished: { attempts: 2, deferrals: 1, attempt: null } });
    }
  });
});
