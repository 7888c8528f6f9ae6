/**
 * A set of objects that come and go fast. A `Set` is a table that is replaced each time it is full of what was deleted,
 * and each table points to the next one: once one of them has reached the old generation, all later ones and whatever
 * was in them when they were replaced follow it there, and live until the next full collection. Here nothing points to
 * what was removed.
 */

/** What was put in, to take it out by. */
export interface Bagged<Item> {
  readonly item: Item;
  place: number;
}

export class Bag<Item> implements Iterable<Item> {
  readonly #all: Bagged<Item>[] = [];

  get size(): number {
    return this.#all.length;
  }

  add(item: Item): Bagged<Item> {
    const bagged = { item, place: this.#all.length };
    this.#all.push(bagged);
    return bagged;
  }

  /** Whether it was in; taken out twice is the same as once. */
  remove(bagged: Bagged<Item>): boolean {
    if (this.#all[bagged.place] !== bagged) return false;
    const last = this.#all.pop();
    if (last !== undefined && last !== bagged) {
      this.#all[bagged.place] = last;
      last.place = bagged.place;
    }
    return true;
  }

  *[Symbol.iterator](): Iterator<Item> {
    for (const { item } of this.#all) yield item;
  }
}
