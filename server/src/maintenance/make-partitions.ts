/**
 * Makes the day partitions of events, deliveries and attempts from yesterday until a week ahead.
 * Runs at every start and once an hour, on every node: what exists is left alone, and nodes take turns by an advisory
 * lock. Each partition is made as a table and then attached, which lets reads and writes of the others go on;
 * `create table … partition of` would stop them. Written against the day that has no partition: every publish of it
 * would fail.
 */
import type { Clock } from "../db/clock.ts";
import type { Database, Queryable } from "../db/database.ts";
import { DAY_MS, dayPartition, listDayPartitions, lockPartitions, PARTITIONED_TABLES } from "./day-partitions.ts";
import type { DayPartition } from "./day-partitions.ts";

/** A maintenance that fails is noticed and mended within a week. */
const DAYS_AHEAD = 7;

/** Waiting longer for the lock of a table would hold up whoever comes behind. */
const LOCK_TIMEOUT_MS = 2_000;

/** @returns The names of the partitions that were made, oldest first. */
export async function makePartitions(options: {
  readonly database: Database;
  readonly clock: Clock;
}): Promise<string[]> {
  const { database, clock } = options;
  const wanted = wantedPartitions(clock.nowMs());
  if ((await missingOf(database, wanted)).length === 0) return [];

  return database.transaction(async (transaction) => {
    await lockPartitions(transaction);
    const missing = await missingOf(transaction, wanted);
    await transaction.script(`set local lock_timeout = ${LOCK_TIMEOUT_MS};\n${missing.map(createScript).join("\n")}`);
    return missing.map(({ name }) => name);
  });
}

function wantedPartitions(nowMs: number): DayPartition[] {
  const days = Array.from({ length: DAYS_AHEAD + 2 }, (_, index) => nowMs + (index - 1) * DAY_MS);
  return days.flatMap((timeMs) => PARTITIONED_TABLES.map((table) => dayPartition(table, timeMs)));
}

async function missingOf(database: Queryable, wanted: readonly DayPartition[]): Promise<DayPartition[]> {
  const existing = new Set((await listDayPartitions(database)).map(({ name }) => name));
  return wanted.filter(({ name }) => !existing.has(name));
}

function createScript({ table, name, fromId, toId }: DayPartition): string {
  return `create table ${name} (like ${table} including all);
alter table ${table} attach partition ${name} for values from (${fromId}) to (${toId});`;
}
