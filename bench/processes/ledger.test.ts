import { expect, test } from "vitest";

import { Ledger } from "./ledger.ts";

/** Two types: events of the first go to places 0 and 1, of the second to place 1 alone. Sequence 11 was refused. */
const expected = {
  firstSequence: 10,
  accepted: new Uint8Array([1, 0, 2]),
  wanted: [[0, 1], [1]],
};

function ledgerOf(...arrivals: readonly (readonly [sequence: number, place: number])[]): Ledger {
  const ledger = new Ledger(2);
  for (const [sequence, place] of arrivals) ledger.note(sequence, place);
  return ledger;
}

test("all that was accepted, once everywhere it belongs, breaks nothing", () => {
  expect(ledgerOf([10, 0], [10, 1], [12, 1]).compare(expected)).toEqual({ expected: 3, missing: 0, repeated: 0 });
});

test("finds one that is missing at one of its endpoints, also where another came twice", () => {
  expect(ledgerOf([10, 1], [10, 1], [12, 1]).compare(expected)).toEqual({ expected: 3, missing: 1, repeated: 1 });
});

test("finds one that came where it has no business", () => {
  expect(ledgerOf([10, 0], [10, 1], [12, 0], [12, 1]).compare(expected)).toMatchObject({ missing: 0, repeated: 1 });
});

test("what a refused publish left behind may arrive, and is not waited for", () => {
  expect(ledgerOf([10, 0], [10, 1], [11, 0], [12, 1]).compare(expected)).toMatchObject({ missing: 0, repeated: 0 });
});

test("keeps what came beyond its first size", () => {
  const ledger = ledgerOf([5_000_000, 1]);
  expect(ledger.countRange(5_000_000, 1)).toEqual({ once: 1, again: 0 });
});
