import fc from "fast-check";
import { expect, it } from "vitest";

import { NEWCOMER, shareOfCap, WHOLE_CAP } from "./cap-share.ts";

const caps = fc.integer({ min: 1, max: 1_000 });
const nodes = fc.integer({ min: 1, max: 64 });

it("divides a cap among its nodes with nothing left over, and gives each at least one", () => {
  fc.assert(
    fc.property(caps, nodes, (cap, divisor) => {
      const shares = Array.from({ length: divisor }, (_, rank) => shareOfCap(cap, { divisor, rank }));
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(Math.max(cap, divisor));
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }),
  );
});

it("gives a node that is alone the whole cap, and a newcomer one", () => {
  fc.assert(
    fc.property(caps, (cap) => {
      expect([shareOfCap(cap, WHOLE_CAP), shareOfCap(cap, NEWCOMER)]).toEqual([cap, 1]);
    }),
  );
});
