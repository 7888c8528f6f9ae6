/**
 * Rotations under traffic, over two processes: nothing is rejected, and nothing is signed by a version after its end.
 * `npm run test:rotation` runs the long form.
 */
import { expect, test } from "vitest";

import { describeWithPostgres, openTestDatabase } from "../support/database.ts";
import { type RotationReport, type RotationRun, runRotations } from "./run-rotations.ts";

const isLong = process.env["ROTATION"] === "long";

const LONG: Omit<RotationRun, "database"> = {
  deliveries: 10_000,
  deliveriesASecond: 250,
  overlapSeconds: 2,
  everyMs: 3_000,
};
const SHORT = { ...LONG, deliveries: 600, deliveriesASecond: 100 };

describeWithPostgres("rotations over two processes", () => {
  test("no delivery is rejected by a receiver that changes over, or signed by a version after its end", async () => {
    await using database = await openTestDatabase();
    const report = await runRotations({ database, ...(isLong ? LONG : SHORT) });
    if (isLong) print(report);
    expect(report.rejected).toEqual([]);
    expect(report.signedAfterEnd).toBe(0);
    expect(Math.min(...report.byProcess)).toBeGreaterThan(0);
    expect(report.signedByBoth).toBeGreaterThan(0);
    // What a process has not heard of, it asks for before an overlap of a second can pass.
    expect(report.latestOldMs).toBeLessThan(1_000);
  }, 300_000);
});

function print(report: RotationReport): void {
  const { rejected, changedAfterMs, ...figures } = report;
  const changes = changedAfterMs.toSorted((a, b) => a - b);
  const lines = [
    ...Object.entries(figures).map(([name, value]) => `${name}: ${String(value)}`),
    `rejected: ${rejected.length}`,
    `the receiver changed over ${changes.at(0)} to ${changes.at(-1)} ms after a rotation`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
