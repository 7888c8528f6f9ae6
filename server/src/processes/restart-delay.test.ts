import { expect, it } from "vitest";

import { restartDelayMs } from "./restart-delay.ts";

it("starts again at once the first time, then later and later, half a minute at most", () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 20].map((deaths) => restartDelayMs(deaths));
  expect(delays).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});
