import { expect, it } from "vitest";

import { BatchGatherer } from "./batch-gatherer.ts";

/** Longer than any test: only what arrives ends the wait. */
const NEVER_MS = 1_000_000;

/** Whether the next batch begins, with so many waiting, before anything else happens. */
async function begins(gatherer: BatchGatherer, waiting: () => number): Promise<boolean> {
  const passed = new Promise<false>((resolve) => setTimeout(resolve, 20, false));
  return Promise.race([gatherer.gather(waiting).then(() => true), passed]);
}

it("never lets a lone caller wait, however soon it comes again", async () => {
  const gatherer = new BatchGatherer({ backMs: NEVER_MS, spacingMs: NEVER_MS });
  for (let call = 0; call < 3; call += 1) {
    expect(await begins(gatherer, () => 1)).toBe(true);
    gatherer.began(1);
  }
});

it("waits under load until as many have come as the largest of the last batches had", async () => {
  const gatherer = new BatchGatherer({ backMs: 0, spacingMs: NEVER_MS });
  gatherer.began(5);
  gatherer.began(2);
  let waiting = 4;
  const gathered = begins(gatherer, () => waiting);
  waiting = 5;
  expect(await gathered).toBe(true);
  waiting = 4;
  expect(await begins(gatherer, () => waiting)).toBe(false);
});

it("forgets a large batch after eight more", async () => {
  const gatherer = new BatchGatherer({ backMs: 0, spacingMs: NEVER_MS });
  gatherer.began(100);
  for (let batch = 0; batch < 7; batch += 1) gatherer.began(1);
  expect(await begins(gatherer, () => 1)).toBe(false);
  gatherer.began(1);
  expect(await begins(gatherer, () => 1)).toBe(true);
});

it("begins when the time between two batches has passed, however few have come", async () => {
  const gatherer = new BatchGatherer({ backMs: 0, spacingMs: 1 });
  gatherer.began(100);
  expect(await begins(gatherer, () => 1)).toBe(true);
});

it.each([
  { sizes: [], waiting: 0, is: false, what: "nothing" },
  { sizes: [1], waiting: 1, is: true, what: "a lone caller after another" },
  { sizes: [10], waiting: 4, is: false, what: "less than half of the last batch" },
  { sizes: [10, 2], waiting: 9, is: false, what: "less than the largest, so soon" },
  { sizes: [10, 2], waiting: 10, is: true, what: "as many as the largest" },
])("says of $what whether it is worth a commit at once: $is", ({ sizes, waiting, is }) => {
  const gatherer = new BatchGatherer({ backMs: 0, spacingMs: NEVER_MS });
  for (const size of sizes) gatherer.began(size);
  expect(gatherer.isWorth(waiting)).toBe(is);
});

it("says that half of the last batch is worth a commit when the time between two has passed", () => {
  const gatherer = new BatchGatherer({ backMs: 0, spacingMs: 0 });
  gatherer.began(10);
  expect(gatherer.isWorth(5)).toBe(true);
});

it("waits for half of those that were answered together, for so many turns", async () => {
  const patient = new BatchGatherer({ backMs: NEVER_MS, spacingMs: 0 });
  patient.began(10);
  expect(await begins(patient, () => 4)).toBe(false);
  expect(await begins(patient, () => 5)).toBe(true);
  const hasty = new BatchGatherer({ backMs: 1, spacingMs: 0 });
  hasty.began(10);
  expect(await begins(hasty, () => 4)).toBe(true);
});
