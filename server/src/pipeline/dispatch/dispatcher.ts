/**
 * The dispatch loop: claims while there is room and something due, then sleeps until it is woken (something waits, a
 * delivery ended, another node said so) or until the poll interval, which finds what became due by time alone.
 *
 * A backlog makes way for what is published meanwhile. Claimed as fast as it ends, it takes all of this thread and of
 * the database, and a publish waits behind it at each of its steps. So while publishes take the short way a claim is
 * small, which keeps the turns of the thread short, and then rests for three times as long as it took: long where thread and
 * database are busy, hardly at all where they are not. The rest has a bound, so that publishes slow a backlog down but
 * never stop it. What waits in its lane for a moment is no backlog, and makes way for nobody.
 */
import type { FlightDeck } from "./flight-deck.ts";
import type { ClaimResult } from "./claim-due-deliveries.ts";

/** A retry is at most this late. */
const POLL_MS = 250;
/** After a failed claim (the database is away) the next waits this long. */
const BACKOFF_MS = 1_000;
/** A publish that took the short way longer ago is no reason to make way: fewer than ten a second hardly meet a claim. */
const MAKES_WAY_MS = 100;
/** Deliveries of a claim that makes way: a few milliseconds of the thread, and a claim's four round trips still shared. */
const SMALL_CLAIM = 64;
/** How long a claim that made way rests, in times of what it took, and at most. */
const REST_FACTOR = 3;
const REST_MAX_MS = 100;

export interface DispatcherSettings {
  readonly deck: FlightDeck;
  /** `looksFirst`: nobody said that something is due. */
  readonly claim: (room: number, looksFirst: boolean) => Promise<ClaimResult>;
  readonly onError: (error: unknown) => void;
}

interface Claimed {
  readonly claimed: number;
  /** There was more than was asked for; there may be more; nothing is due, or there is no room for it. */
  readonly next: "claim" | "look" | "sleep";
}

export class Dispatcher implements AsyncDisposable {
  readonly #settings: DispatcherSettings;
  #awake = false;
  #stopped = false;
  #resting = false;
  /** When a publish took the short way last; monotonic milliseconds. */
  #publishedAtMs = -Infinity;
  /** The last claim that brought anything brought what has waited for long. */
  #isBacklog = false;
  /** The last claim took all there was room for: more may be due. */
  #starved = false;
  #sleeping: (() => void) | null = null;
  readonly #loop: Promise<void>;

  constructor(settings: DispatcherSettings) {
    this.#settings = settings;
    this.#loop = this.#run();
  }

  /** Look now. Calls while a claim is under way make one more. */
  wake(): void {
    this.#awake = true;
    if (!this.#resting) this.#sleeping?.();
  }

  /** Publishes took the short way: what is claimed makes way for them. */
  makeWay(): void {
    this.#publishedAtMs = performance.now();
  }

  /** A delivery ended: worth a look only if room was what lacked. */
  roomFreed(): void {
    if (this.#starved) this.wake();
  }

  /** Claims once, whatever is published; resolves to how many deliveries came. */
  async runOnce(): Promise<number> {
    const { claimed } = await this.#claim({ most: Infinity, looksFirst: false });
    return claimed;
  }

  /** Stops claiming; resolves when no claim is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    this.#sleeping?.();
    await this.#loop;
  }

  async #run(): Promise<void> {
    let looksFirst = false;
    while (!this.#stopped) {
      this.#awake = false;
      let next: Claimed["next"] = "sleep";
      let pauseMs = POLL_MS;
      try {
        ({ next } = await this.#claimOrMakeWay(looksFirst));
      } catch (error) {
        this.#settings.onError(error);
        pauseMs = BACKOFF_MS;
        this.#awake = false;
      }
      if (next === "sleep" && !this.#awake && !this.#stopped) await this.#sleep(pauseMs);
      looksFirst = next !== "claim" && !this.#awake;
    }
  }

  async #claimOrMakeWay(looksFirst: boolean): Promise<Claimed> {
    const startedAtMs = performance.now();
    const makesWay = this.#isBacklog && startedAtMs - this.#publishedAtMs < MAKES_WAY_MS;
    const result = await this.#claim({ most: makesWay ? SMALL_CLAIM : Infinity, looksFirst });
    if (makesWay && this.#isBacklog && result.claimed > 0 && !this.#stopped) {
      this.#resting = true;
      await this.#sleep(Math.min(REST_FACTOR * (performance.now() - startedAtMs), REST_MAX_MS));
      this.#resting = false;
    }
    return result;
  }

  async #claim({ most, looksFirst }: { readonly most: number; readonly looksFirst: boolean }): Promise<Claimed> {
    const { deck, claim } = this.#settings;
    const hasRoom = deck.claimRoom;
    const room = Math.min(hasRoom, most);
    const { deliveries, lanes, isBacklog } = await claim(room, looksFirst);
    const claimed = deliveries.length;
    if (claimed > 0) this.#isBacklog = isBacklog;
    this.#starved = claimed >= hasRoom;
    deck.take(deliveries);
    if (lanes === 0 || this.#starved) return { claimed, next: "sleep" };
    return { claimed, next: claimed >= room ? "claim" : "look" };
  }

  async #sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#sleeping = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#sleeping = null;
  }
}
