/** Each boundary of the stages once: the server dies there under load, restarts, and keeps every promise. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { postgresServerUrl } from "../support/database.ts";
import { BOUNDARIES, occurrences } from "./crash-points.ts";
import { type CrashSite, openCrashSite } from "./open-crash-site.ts";
import { runRound } from "./run-round.ts";

/** To a server that follows another it seems that the one before it was silent for longer than a node may be. */
const AWAY_MS = 12_000;
const PUBLISHERS = 8;
/** A round takes two to four seconds of a machine that has nothing else to do. */
const ROUND_MS = 120_000;

let site: CrashSite;
beforeAll(async () => {
  site = await openCrashSite({ kind: postgresServerUrl ? "postgres" : "embedded", awayMs: AWAY_MS });
});
afterAll(() => site[Symbol.asyncDispose]());

describe("a server that is killed", () => {
  it.each(BOUNDARIES)(
    "at: %s",
    async (point) => {
      const [least] = occurrences(point);
      const { violations } = await runRound({ site, point, after: Math.ceil(least / 3), publishers: PUBLISHERS });
      expect(violations).toEqual([]);
    },
    ROUND_MS,
  );
});
