/**
 * How long the smallest commit takes on the database of a run while it is at work: what its disk adds to every publish,
 * whoever the publisher is. A few commits a second, so that they cost the run nothing.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { openPostgres } from "../../server/src/db/postgres.ts";
import { Latencies, type LatencySummary } from "./latencies.ts";

const EVERY_MS = 40;

/** Commits until `work` ends. null: the database is inside the server and takes nobody else. */
export async function watchCommits<Result>(
  url: string | null,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly commitMs: LatencySummary | null }> {
  if (url === null) return { result: await work(), commitMs: null };
  await using database = await openPostgres({ url, poolSize: 1 });
  await database.script("create table if not exists bench_commits (at timestamptz)");
  const latencies = new Latencies();
  let isOver = false;
  const watching = (async () => {
    for (let dueMs = performance.now(); !isOver; await sleep(Math.max(0, dueMs - performance.now()))) {
      await database.script("insert into bench_commits values (now())");
      const endedMs = performance.now();
      // What fell due while this one was held up would have been held up with it.
      for (; dueMs <= endedMs; dueMs += EVERY_MS) latencies.add((endedMs - dueMs) * 1_000);
    }
  })();
  let result: Result;
  try {
    result = await work();
  } finally {
    isOver = true;
    await watching;
  }
  return { result, commitMs: latencies.summarize() };
}
