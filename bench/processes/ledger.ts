/**
 * Which events came how often, each to each of its endpoints: the half of the promises that a receiver can see. One
 * byte for each (event, endpoint of that event); an endpoint's place among them is the last number of its path.
 */

export interface Expected {
  readonly firstSequence: number;
  /** One byte for each sequence from the first on: 0 refused, else 1 + the index of the event's type. */
  readonly accepted: Uint8Array;
  /** For each type the places that its events must reach. */
  readonly wanted: readonly (readonly number[])[];
}

export interface Arrivals {
  /** Deliveries that must arrive. */
  readonly expected: number;
  /** Of these, not here. */
  readonly missing: number;
  /** Arrivals beyond the first of an event at an endpoint, and arrivals where the event has no business. */
  readonly repeated: number;
}

export class Ledger {
  readonly #places: number;
  #times = new Uint8Array(1_000_000);

  /** @param places endpoints that one event can have here. */
  constructor(places: number) {
    this.#places = places;
  }

  note(sequence: number, place: number): void {
    const slot = sequence * this.#places + place;
    if (slot >= this.#times.length) {
      const larger = new Uint8Array(Math.max(this.#times.length * 2, slot + 1));
      larger.set(this.#times);
      this.#times = larger;
    }
    this.#times[slot] = Math.min(255, (this.#times[slot] ?? 0) + 1);
  }

  compare({ firstSequence, accepted, wanted }: Expected): Arrivals {
    const result = { expected: 0, missing: 0, repeated: 0 };
    for (const [index, mark] of accepted.entries()) {
      const places = mark === 0 ? [] : (wanted[mark - 1] ?? []);
      const start = (firstSequence + index) * this.#places;
      let arrived = 0;
      for (let place = 0; place < this.#places; place += 1) arrived += this.#times[start + place] ?? 0;
      let met = 0;
      for (const place of places) if ((this.#times[start + place] ?? 0) > 0) met += 1;
      result.expected += places.length;
      result.missing += places.length - met;
      // A publish without an answer may have been stored: what arrives of it is no repetition, unless twice.
      result.repeated += mark === 0 ? Math.max(0, arrived - this.#places) : arrived - met;
    }
    return result;
  }

  /** Arrivals of these sequences, each counted once, and how many came more than once. */
  countRange(first: number, count: number): { readonly once: number; readonly again: number } {
    const slots = this.#times.subarray(first * this.#places, (first + count) * this.#places);
    return slots.reduce(
      (sum, times) => ({ once: sum.once + (times > 0 ? 1 : 0), again: sum.again + Math.max(0, times - 1) }),
      { once: 0, again: 0 },
    );
  }
}
