import { expect, it } from "vitest";

import { BacklogRest } from "./backlog-rest.ts";

const LONG_AGO = { startedMs: 0, endedMs: 1, piles: true };

it("is due after a commit of which most waits, while the node is behind", () => {
  let behind = true;
  const rest = new BacklogRest(() => behind);
  expect(rest.isDue).toBe(false);
  rest.note(LONG_AGO);
  expect(rest.isDue).toBe(true);
  behind = false;
  expect(rest.isDue).toBe(false);
  behind = true;
  rest.note({ ...LONG_AGO, piles: false });
  expect(rest.isDue).toBe(false);
});

it("lasts three times as long as the commit took, a tenth of a second at most, and is over when that has passed", async () => {
  const rest = new BacklogRest(() => true);
  const startedMs = performance.now();
  rest.note({ startedMs, endedMs: startedMs + 10, piles: true });
  await rest.take();
  const tookMs = performance.now() - startedMs;
  expect(tookMs).toBeGreaterThanOrEqual(39);
  const again = performance.now();
  rest.note({ startedMs: again - 60_000, endedMs: again, piles: true });
  await rest.take();
  expect(performance.now() - again).toBeGreaterThanOrEqual(99);
  expect(performance.now() - again).toBeLessThan(30_000);
  const late = performance.now();
  rest.note(LONG_AGO);
  await rest.take();
  expect(performance.now() - late).toBeLessThan(30_000);
});

it("takes no time where the node is not behind", async () => {
  const rest = new BacklogRest(() => false);
  let isOver = false;
  rest.note({ startedMs: performance.now() - 60_000, endedMs: performance.now(), piles: true });
  void rest.take().then(() => (isOver = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOver).toBe(true);
});
