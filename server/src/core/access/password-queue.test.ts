import { expect, test } from "vitest";

import { CoreError } from "../errors/core-error.ts";
import { createPasswordQueue } from "./password-queue.ts";

function setup(count: number) {
  const queue = createPasswordQueue();
  const ends: (() => void)[] = [];
  const started: number[] = [];
  const results = Array.from({ length: count }, (_none, index) =>
    queue.run(async () => {
      started.push(index);
      await new Promise<void>((resolve) => void ends.push(resolve));
      return index;
    }),
  );
  const endAll = async (): Promise<void> => {
    while (ends.length > 0) {
      ends.shift()?.();
      await new Promise(setImmediate);
    }
  };
  return { queue, started, results, endAll };
}

test("four run at once, sixteen wait, the next is told when to come again", async () => {
  const { queue, started, results, endAll } = setup(20);
  await new Promise(setImmediate);
  expect(started).toEqual([0, 1, 2, 3]);
  const refused = await queue.run(async () => "ran").catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(CoreError);
  expect(refused).toMatchObject({ code: "rate_limited", retryAfterSeconds: 1 });
  await endAll();
  expect(await Promise.all(results)).toEqual(Array.from({ length: 20 }, (_none, index) => index));
  expect(started).toEqual(Array.from({ length: 20 }, (_none, index) => index));
});

test("who fails gives the place to the next", async () => {
  const queue = createPasswordQueue();
  for (let index = 0; index < 30; index += 1) {
    await expect(queue.run(() => Promise.reject(new Error("wrong")))).rejects.toThrow("wrong");
  }
  expect(await queue.run(async () => "free")).toBe("free");
});
