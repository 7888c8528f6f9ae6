/** The machine of docs/device-login.md: the page's table is the code's, and no way through it breaks a rule. */
import { existsSync, readFileSync } from "node:fs";

import fc from "fast-check";
import { expect, it } from "vitest";

import {
  decideAnswer,
  decidePoll,
  DECISION_TABLE,
  type DeviceLoginTimes,
  POLL_TABLE,
  standingOf,
} from "./decide-device-login.ts";

const START_MS = Date.parse("2026-03-01T00:00:00Z");
const LIFE_MS = 900_000;

it("is the table of docs/device-login.md, cell by cell", () => {
  const page = readFileSync(new URL("../../../../docs/device-login.md", import.meta.url), "utf8");
  const [, table = ""] = /## States and events\n\n((?:\|.*\n)+)/.exec(page) ?? [];
  const rows = table
    .trim()
    .split("\n")
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const [head = [], , ...body] = rows;
  expect(head.slice(1)).toEqual(["`poll`", "`poll_early`", "`approve`", "`deny`"]);
  const shown = Object.fromEntries(body.map(([standing = "", ...cells]) => [standing.replaceAll("`", ""), cells]));
  const tables = { ...POLL_TABLE, ...DECISION_TABLE };
  const standings = ["pending", "approved", "denied", "consumed", "expired"] as const;
  const written = Object.fromEntries(
    standings.map((standing) => [
      standing,
      (["poll", "poll_early", "approve", "deny"] as const).map((event) => {
        const { to, says } = tables[event][standing];
        if (to === null) return `\`${says}\``;
        return says === "tokens" ? `→ \`${to}\`, tokens` : `→ \`${to}\``;
      }),
    ]),
  );
  expect(shown).toEqual(written);
});

it("stands on a page whose rules name tests that are there", () => {
  const page = readFileSync(new URL("../../../../docs/device-login.md", import.meta.url), "utf8");
  const files = [...page.matchAll(/`((?:core|dialects|test)\/[a-z0-9/.-]+\.ts)`/g)].map(([, file = ""]) => file);
  expect(files.length).toBeGreaterThan(5);
  const root = new URL("../../../", import.meta.url);
  for (const file of files) {
    expect(existsSync(new URL(file.startsWith("test/") ? file : `src/${file}`, root)), file).toBe(true);
  }
});

const step = fc.record({
  event: fc.constantFrom("poll" as const, "poll" as const, "approve" as const, "deny" as const),
  afterMs: fc.oneof(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: LIFE_MS })),
});

it("gives tokens once at most, after an approval, before the end, and never after a denial; waits only grow", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let login: DeviceLoginTimes = {
        state: "pending",
        expiresAt: new Date(START_MS + LIFE_MS),
        polledAt: null,
        intervalSeconds: 5,
      };
      let nowMs = START_MS;
      const told: string[] = [];
      for (const { event, afterMs } of steps) {
        nowMs += afterMs;
        const now = new Date(nowMs);
        const before = login;
        if (event === "poll") {
          const { says, ...next } = decidePoll(login, now);
          login = { expiresAt: login.expiresAt, ...next };
          told.push(says);
          expect(login.intervalSeconds).toBeGreaterThanOrEqual(before.intervalSeconds);
          expect(login.intervalSeconds).toBeLessThanOrEqual(60);
          if (says !== "slow_down") expect(login.intervalSeconds).toBe(before.intervalSeconds);
          if (says === "tokens") {
            expect(standingOf(before, now)).toBe("approved");
            expect(nowMs).toBeLessThan(START_MS + LIFE_MS);
          }
        } else {
          const { to, says } = decideAnswer(login, event, now);
          if (says === "done") expect(standingOf(before, now)).toBe("pending");
          else expect(to).toBeNull();
          login = Object.assign({}, login, { state: to ?? login.state });
        }
        if (login.state !== before.state) {
          expect(["pending approved", "pending denied", "approved consumed"]).toContain(
            `${before.state} ${login.state}`,
          );
        }
      }
      const tokens = told.filter((says) => says === "tokens").length;
      expect(tokens).toBe(login.state === "consumed" ? 1 : 0);
    }),
  );
});

it.each([
  [3999, "slow_down", 10],
  [4000, "authorization_pending", 5],
])("a poll %i ms after the one before is told %s, with %i s between", (afterMs, says, intervalSeconds) => {
  const polledAt = new Date(START_MS);
  const login = { state: "pending" as const, expiresAt: new Date(START_MS + LIFE_MS), polledAt, intervalSeconds: 5 };
  expect(decidePoll(login, new Date(START_MS + afterMs))).toMatchObject({ says, intervalSeconds });
});
