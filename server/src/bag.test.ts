import fc from "fast-check";
import { expect, it } from "vitest";

import { Bag, type Bagged } from "./bag.ts";

it("holds what was put in and not taken out, whatever the order, and takes each out once", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant("add" as const), fc.nat(20))), (steps) => {
      const bag = new Bag<number>();
      const bagged: Bagged<number>[] = [];
      const expected = new Set<number>();
      for (const step of steps) {
        if (step === "add") {
          expected.add(bagged.length);
          bagged.push(bag.add(bagged.length));
          continue;
        }
        const chosen = bagged[step];
        if (chosen !== undefined) expect(bag.remove(chosen)).toBe(expected.delete(chosen.item));
      }
      expect(bag.size).toBe(expected.size);
      expect([...bag].sort((a, b) => a - b)).toEqual([...expected]);
    }),
  );
});
