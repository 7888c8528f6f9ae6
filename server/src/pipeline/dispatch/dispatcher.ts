/**
 * The dispatch loop: claims while there is room and something due, then looks when the next lane has its turn and
 * sleeps until then, or until it is woken (something waits, a delivery ended, another node said so).
 *
 * A backlog makes way for what is published meanwhile. Claimed as fast as it ends, it takes all of this thread and of
 * the database, and a publish waits behind it at each of its steps. So while publishes take the short way a claim is
 * small, which keeps the turns of the thread short, and then rests for three times as long as it took: long where
 * thread and database are busy, hardly at all where they are not. The rest has a bound, so that publishes slow a backlog
 * down but never stop it. What waits in its lane for a moment is no backlog, and makes way for nobody.
 */
import type { FlightDeck } from "./flight-deck.ts";
import type { ClaimResult } from "./claim-due-deliveries.ts";

/**
 * Looks again after this, since what is due sooner than it was when this node looked may be written without a word.
 * Shorter than the shortest wait of a retry (a second, less a fifth of jitter): some look sees it before it is due.
 */
const LOOK_MS = 750;
/** A turn that a claim did not get although it waited for it: it is no turn of this node's now. */
const REFUSED_MS = 50;
/** After a failed claim (the database is away) the next waits this long. */
const BACKOFF_MS = 1_000;
/** A publish that took the short way longer ago is no reason to make way: fewer than ten a second hardly meet a claim. */
const MAKES_WAY_MS = 100;
/** Deliveries of a claim that makes way: a few milliseconds of the thread, and a claim's four round trips still shared. */
const SMALL_CLAIM = 64;
/** How long a claim that made way rests, in times of what it took, and at most. */
const REST_FACTOR = 3;
const REST_MAX_MS = 100;
/** A claim that brought a backlog longer ago says nothing of now. Claims rest for less. */
const BEHIND_MS = 250;
/** They must have done so for this long: receivers that hang let go of what they held all at once. */
const BEHIND_AFTER_MS = 500;

export interface DispatcherSettings {
  readonly deck: FlightDeck;
  /** `isPatient`: waits for a lane that somebody else holds. */
  readonly claim: (input: { readonly room: number; readonly isPatient: boolean }) => Promise<ClaimResult>;
  /** Gives the turns that were asked for; resolves to how many lanes got theirs. */
  readonly giveTurns: () => Promise<number>;
  /** Milliseconds until the next lane has its turn, 0 or less: now; null: none has it within so many. */
  readonly nextTurn: (withinMs: number) => Promise<number | null>;
  readonly onError: (error: unknown) => void;
  /** Left out: monotonic milliseconds. */
  readonly nowMs?: () => number;
}

/**
 * There was no room for more; there was more than was asked for; there may be more; no lane was there that nobody held;
 * none although it was waited for.
 */
type Found = "no room" | "more" | "lanes" | "nothing free" | "nothing";

export class Dispatcher implements AsyncDisposable {
  readonly #settings: DispatcherSettings;
  #awake = false;
  #stopped = false;
  #resting = false;
  /** When a publish took the short way last; monotonic milliseconds. */
  #publishedAtMs = -Infinity;
  /** The last claim that brought anything brought what has waited for long. */
  #isBacklog = false;
  /** When a claim brought much of a backlog last; monotonic milliseconds. */
  #behindAtMs = -Infinity;
  /** When the first of those claims began that have, one after the other. */
  #behindSinceMs = -Infinity;
  /** When the claim began that is under way. */
  #claimingSinceMs = Infinity;
  /** The last claim left no room: more may be due. */
  #starved = false;
  /** The next claim waits for a lane that somebody else holds. */
  #isPatient = false;
  /** Claims in a row that found no lane that was free. */
  #misses = 0;
  #sleeping: (() => void) | null = null;
  readonly #nowMs: () => number;
  readonly #loop: Promise<void>;

  constructor(settings: DispatcherSettings) {
    this.#settings = settings;
    this.#nowMs = settings.nowMs ?? (() => performance.now());
    this.#loop = this.#run();
  }

  /** Look now. Calls while a claim is under way make one more. */
  wake(): void {
    this.#awake = true;
    if (!this.#resting) this.#sleeping?.();
  }

  /** Publishes took the short way: what is claimed makes way for them. */
  makeWay(): void {
    this.#publishedAtMs = this.#nowMs();
  }

  /**
   * Claims bring what has waited for long, and much of it, again and again: it is this node that does not keep up. What
   * waits for a receiver that hangs comes in handfuls, or in one go when its requests time out.
   */
  get isBehind(): boolean {
    const nowMs = this.#nowMs();
    // However long a claim takes, until it ends the last one counts.
    const untilMs = Math.min(nowMs, this.#claimingSinceMs);
    return untilMs - this.#behindAtMs < BEHIND_MS && nowMs - this.#behindSinceMs > BEHIND_AFTER_MS;
  }

  /** A delivery ended: worth a look only if room was what lacked. */
  roomFreed(): void {
    if (this.#starved) this.wake();
  }

  /** Claims once, whatever is published; resolves to how many deliveries came. */
  async runOnce(): Promise<number> {
    const { claimed } = await this.#claim(Infinity);
    return claimed;
  }

  /** Stops claiming; resolves when no claim is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    this.#sleeping?.();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#awake = false;
      try {
        const found = await this.#claimOrMakeWay();
        if (found !== "more") await this.#sleepUntilTurn(found);
      } catch (error) {
        this.#settings.onError(error);
        this.#awake = false;
        await this.#sleep(BACKOFF_MS);
      }
    }
  }

  async #claimOrMakeWay(): Promise<Found> {
    const startedAtMs = this.#nowMs();
    const makesWay = this.#isBacklog && startedAtMs - this.#publishedAtMs < MAKES_WAY_MS;
    const { claimed, found } = await this.#claim(makesWay ? SMALL_CLAIM : Infinity);
    if (makesWay && this.#isBacklog && claimed > 0) {
      this.#resting = true;
      await this.#sleep(Math.min(REST_FACTOR * (this.#nowMs() - startedAtMs), REST_MAX_MS));
      this.#resting = false;
    }
    return found;
  }

  async #claim(most: number): Promise<{ readonly claimed: number; readonly found: Found }> {
    const { deck, claim, giveTurns } = this.#settings;
    const room = Math.min(deck.claimRoom, most);
    const isPatient = this.#isPatient;
    this.#isPatient = false;
    const beganAtMs = this.#nowMs();
    this.#claimingSinceMs = beganAtMs;
    const { deliveries, lanes, asked, isBacklog } = await claim({ room, isPatient }).finally(() => {
      this.#claimingSinceMs = Infinity;
    });
    const claimed = deliveries.length;
    if (claimed > 0) this.#isBacklog = isBacklog;
    if (isBacklog && claimed >= SMALL_CLAIM) this.#noteBehind(beganAtMs);
    deck.take(deliveries);
    this.#starved = deck.claimRoom === 0;
    const given = asked ? await giveTurns() : 0;
    if (this.#starved) return { claimed, found: "no room" };
    if (lanes + given === 0) return { claimed, found: isPatient ? "nothing" : "nothing free" };
    return { claimed, found: claimed >= room ? "more" : "lanes" };
  }

  #noteBehind(beganAtMs: number): void {
    if (beganAtMs - this.#behindAtMs >= BEHIND_MS) this.#behindSinceMs = beganAtMs;
    this.#behindAtMs = this.#nowMs();
  }

  /** Returns at once where one has it now, or where this node was woken meanwhile. */
  async #sleepUntilTurn(found: Found): Promise<void> {
    if (found === "no room" && !this.#awake) return this.#sleep(LOOK_MS);
    this.#misses = found === "nothing free" ? this.#misses + 1 : 0;
    // Woken again and again, and never a lane: they may all be held by whoever wakes.
    this.#isPatient = this.#awake && this.#misses > 1;
    let turnInMs: number | null = null;
    while (turnInMs === null && !this.#awake && !this.#stopped) {
      turnInMs = await this.#settings.nextTurn(LOOK_MS);
      if (this.#awake) return;
      this.#isPatient = found === "nothing free" && turnInMs !== null && turnInMs <= 0;
      if (this.#isPatient) return;
      const leastMs = found === "nothing" ? REFUSED_MS : 0;
      const pauseMs = turnInMs === null ? LOOK_MS : Math.max(turnInMs, leastMs);
      if (pauseMs > 0) await this.#sleep(pauseMs);
    }
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#stopped) return;
    this.#misses = 0;
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
