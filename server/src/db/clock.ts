/**
 * Time as an input. Whoever needs the time is given a Clock; no statement calls now() and no logic calls Date.now().
 * In production the clock is the database's, so that all nodes agree: an offset over this machine's monotonic clock,
 * measured at the start and again with every heartbeat. Written against two nodes whose wall clocks differ, and against a wall
 * clock that is set back.
 */
import type { Queryable, Statement } from "./database.ts";

export interface Clock {
  now(): Date;
  /** Whole milliseconds since 1970. */
  nowMs(): number;
}

export interface DatabaseClock extends Clock {
  /** Measures the offset again; returns by how many milliseconds it moved. Throws DatabaseError. */
  runOnce(): Promise<number>;
}

/** The best of a few: the sample with the shortest round trip has the smallest error, at most half of it. */
const SAMPLES = 5;
/** A round trip that is shorter needs no second one. */
const GOOD_MS = 1;

export async function createDatabaseClock(database: Queryable): Promise<DatabaseClock> {
  let offsetMs = await measureOffset(database);
  const nowMs = () => Math.floor(performance.now() + offsetMs);
  return {
    now: () => new Date(nowMs()),
    nowMs,
    async runOnce() {
      const before = offsetMs;
      offsetMs = await measureOffset(database);
      return offsetMs - before;
    },
  };
}

async function measureOffset(database: Queryable): Promise<number> {
  let best = { roundTripMs: Infinity, offsetMs: 0 };
  for (let sample = 0; sample < SAMPLES && best.roundTripMs > GOOD_MS; sample += 1) {
    const sentAt = performance.now();
    const rows = await database.query<{ nowMs: number }>(DATABASE_CLOCK, []);
    const roundTripMs = performance.now() - sentAt;
    const nowMs = rows[0]?.nowMs;
    if (nowMs === undefined) throw new Error("the database did not tell its time");
    if (roundTripMs < best.roundTripMs) best = { roundTripMs, offsetMs: nowMs - (sentAt + roundTripMs / 2) };
  }
  return best.offsetMs;
}

/** The one statement that asks the database for the time. */
const DATABASE_CLOCK: Statement = {
  name: "database-clock",
  text: `select (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"`,
};
