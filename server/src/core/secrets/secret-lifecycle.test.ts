import { existsSync, readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { chooseRotation } from "./choose-rotation.ts";
import {
  decideSecrets,
  SECRET_STATES,
  SECRET_TABLE,
  type SecretEvent,
  type SecretEventKind,
  type SecretStanding,
  signs,
} from "./secret-lifecycle.ts";

const document = readFileSync(new URL("../../../../docs/secret-lifecycle.md", import.meta.url), "utf8");
const NOW = new Date("2026-03-01T12:00:00.000Z");
const inSeconds = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

const active = (number: number): SecretStanding => ({ number, state: "active", expiresAt: null });
const staged = (number: number): SecretStanding => ({ number, state: "staged", expiresAt: null });
const expired = (number: number): SecretStanding => ({ number, state: "expired", expiresAt: inSeconds(-60) });
const retiring = (number: number, seconds = 60): SecretStanding => ({
  number,
  state: "retiring",
  expiresAt: inSeconds(seconds),
});

const decide = (event: SecretEvent, ...versions: SecretStanding[]) => decideSecrets({ versions, event, now: NOW });
const refusal = (event: SecretEvent, ...versions: SecretStanding[]) => {
  const decision = decide(event, ...versions);
  return decision.ok ? "allowed" : decision.refusal;
};

test("the table of the document is the table of the code", () => {
  const columns = ["Event", "Needs", "Adds", ...SECRET_STATES.map((state) => `\`${state}\``)];
  const header = `| ${columns.join(" | ")} |`;
  expect(document).toContain(header);
  const rows = document.slice(document.indexOf(header)).split("\n\n")[0]?.split("\n").slice(2) ?? [];
  const written = Object.fromEntries(
    rows.map((row) => {
      const [kind = "", ...cells] = row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", ""));
      return [kind, cells];
    }),
  );
  const coded = Object.entries(SECRET_TABLE).map(([kind, { needs, adds, cells }]) => [
    kind,
    [needs ?? "–", adds ?? "–", ...SECRET_STATES.map((state) => cells[state])],
  ]);
  expect(written).toEqual(Object.fromEntries(coded));
});

test("every event of the table is explained in the document", () => {
  const kinds = Object.keys(SECRET_TABLE) as SecretEventKind[];
  for (const kind of kinds) expect(document).toMatch(new RegExp(`^\\| \`${kind}\` \\| [a-z]`, "m"));
});

test("every test that the document names is there, and stands in both of its tables", () => {
  const [, byRule = "", byTest = ""] = document.slice(document.indexOf("## Which test")).split(/^\|---\|---\|$/m);
  const namesIn = (table: string): Set<string> =>
    new Set([...table.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, path = ""]) => path));
  expect(namesIn(byTest)).toEqual(namesIn(byRule));
  const server = new URL("../../../", import.meta.url);
  for (const path of namesIn(byTest)) {
    expect(existsSync(new URL(path.startsWith("test/") ? path : `src/${path}`, server)), path).toBe(true);
  }
});

test("an overlap ends at its exact instant", () => {
  expect(signs(retiring(1, 0.001), NOW)).toBe(true);
  expect(signs(retiring(1, 0), NOW)).toBe(false);
});

test("an overlap that has ended and is not marked does not stand in the way, and keeps its end", () => {
  const decision = decide({ kind: "rotate", overlapEndsAt: inSeconds(5) }, active(2), retiring(1, -1));
  expect(decision).toEqual({
    ok: true,
    endings: [{ number: 1, to: "expired", expiresAt: inSeconds(-1) }],
    moves: [{ number: 2, to: "retiring", expiresAt: inSeconds(5) }],
    added: { number: 3, state: "active" },
  });
});

test("within an overlap a rotation is refused until its latest end, and so is an activation", () => {
  const standing = [active(3), retiring(2, 60), retiring(1, 30)];
  const refused = { because: "there_is", state: "retiring", until: inSeconds(60) };
  expect(refusal({ kind: "rotate", overlapEndsAt: inSeconds(5) }, ...standing)).toEqual(refused);
  expect(refusal({ kind: "activate", overlapEndsAt: inSeconds(5) }, staged(4), ...standing)).toEqual(refused);
});

test("expire_old ends the old version and lets the active one retire", () => {
  const event: SecretEvent = { kind: "rotate_expiring_old", overlapEndsAt: inSeconds(5) };
  expect(decide(event, active(2), retiring(1))).toMatchObject({
    moves: [
      { number: 2, to: "retiring", expiresAt: inSeconds(5) },
      { number: 1, to: "expired", expiresAt: NOW },
    ],
    added: { number: 3, state: "active" },
  });
});

test("discard_new ends the active version and gives the old one the new end", () => {
  const event: SecretEvent = { kind: "rotate_discarding_new", overlapEndsAt: inSeconds(5) };
  expect(decide(event, active(2), retiring(1))).toMatchObject({
    moves: [
      { number: 2, to: "expired", expiresAt: NOW },
      { number: 1, to: "retiring", expiresAt: inSeconds(5) },
    ],
  });
});

test("keep_old lets each replaced version keep its own end, up to ten of them", () => {
  const event: SecretEvent = { kind: "rotate_keeping_old", overlapEndsAt: inSeconds(60) };
  const nine = Array.from({ length: 9 }, (_, index) => retiring(index + 1));
  expect(decide(event, active(10), ...nine)).toMatchObject({ ok: true, moves: [{ number: 10, to: "retiring" }] });
  expect(refusal(event, active(11), ...nine, retiring(10))).toEqual({ because: "too_many_retiring" });
});

test("a cancelled rotation makes the newest retiring version active again and leaves the others their ends", () => {
  expect(decide({ kind: "cancel" }, active(3), retiring(2), retiring(1))).toMatchObject({
    moves: [
      { number: 3, to: "expired", expiresAt: NOW },
      { number: 2, to: "active", expiresAt: null },
    ],
    added: null,
  });
});

test("a rotation can be cancelled until the instant at which the old version ends", () => {
  expect(decide({ kind: "cancel" }, active(2), retiring(1, 0.001)).ok).toBe(true);
  const refused = { because: "there_is_no", state: "retiring" };
  expect(refusal({ kind: "cancel" }, active(2), retiring(1, 0))).toEqual(refused);
});

test("extend and shorten move the named end, or the newest, each in its own direction only", () => {
  const standing = [active(3), retiring(2, 60), retiring(1, 30)];
  const move = (kind: "extend" | "shorten", number: number | null, seconds: number): SecretEvent => ({
    kind,
    number,
    overlapEndsAt: inSeconds(seconds),
  });
  expect(decide(move("extend", null, 61), ...standing)).toMatchObject({ moves: [{ number: 2 }] });
  expect(decide(move("shorten", 1, 29), ...standing)).toMatchObject({ moves: [{ number: 1 }] });
  expect(refusal(move("extend", 1, 29), ...standing)).toEqual({ because: "other_direction", endsAt: inSeconds(30) });
  expect(refusal(move("shorten", null, 61), ...standing)).toEqual({
    because: "other_direction",
    endsAt: inSeconds(60),
  });
  expect(refusal(move("extend", 3, 61), ...standing)).toEqual({ because: "there_is_no", state: "retiring" });
});

test("an overlap that waits for a rehearsal carries its planned end until somebody moves its end", () => {
  const held: SecretEvent = { kind: "rotate", overlapEndsAt: inSeconds(60), plannedEndsAt: inSeconds(5) };
  expect(decide(held, active(1))).toMatchObject({
    moves: [{ number: 1, to: "retiring", expiresAt: inSeconds(60), plannedEndsAt: inSeconds(5) }],
  });
  const ended = decide({ kind: "shorten", number: 1, overlapEndsAt: inSeconds(5) }, active(2), retiring(1, 60));
  expect(ended).toMatchObject({ moves: [{ number: 1, to: "retiring", expiresAt: inSeconds(5) }] });
  expect(ended.ok && ended.moves[0]).not.toHaveProperty("plannedEndsAt");
});

test("a staged version takes over with its own number, also past a later one", () => {
  const event: SecretEvent = { kind: "activate", overlapEndsAt: inSeconds(5) };
  expect(decide(event, active(3), staged(2), expired(1))).toMatchObject({
    moves: [
      { number: 3, to: "retiring", expiresAt: inSeconds(5) },
      { number: 2, to: "active" },
    ],
    added: null,
  });
});

test("a rotation is the event that its overlap and what it finds make it", () => {
  const choose = (
    versions: SecretStanding[],
    overlapMs: number,
    onConflict: Parameters<typeof chooseRotation>[0]["onConflict"],
  ) => {
    const overlap = overlapMs === 0 ? null : { overlapEndsAt: new Date(NOW.getTime() + overlapMs) };
    return chooseRotation({ versions, now: NOW, overlap, onConflict }).kind;
  };
  const free = [active(2), retiring(1, 0)];
  const overlapping = [active(2), retiring(1)];
  expect(choose(free, 5000, null)).toBe("rotate");
  expect(choose(free, 5000, "discard_new")).toBe("rotate");
  expect(choose(free, 0, null)).toBe("replace");
  expect(choose(overlapping, 0, null)).toBe("rotate");
  expect(choose(overlapping, 0, "expire_old")).toBe("replace");
  expect(choose(overlapping, 5000, "expire_old")).toBe("rotate_expiring_old");
  expect(choose(overlapping, 5000, "discard_new")).toBe("rotate_discarding_new");
  expect(choose(overlapping, 5000, "keep_old")).toBe("rotate_keeping_old");
});
