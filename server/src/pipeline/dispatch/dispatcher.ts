/**
 * The dispatch loop: claims while there is room and something due, then sleeps until it is woken (something waits, a
 * delivery ended, another node said so) or until the poll interval, which finds what became due by time alone.
 */
import type { FlightDeck } from "./flight-deck.ts";
import type { ClaimResult } from "./claim-due-deliveries.ts";

/** A retry is at most this late. */
const POLL_MS = 250;
/** After a failed claim (the database is away) the next waits this long. */
const BACKOFF_MS = 1_000;

export interface DispatcherSettings {
  readonly deck: FlightDeck;
  /** `looksFirst`: nobody said that something is due. */
  readonly claim: (room: number, looksFirst: boolean) => Promise<ClaimResult>;
  readonly onError: (error: unknown) => void;
}

export class Dispatcher implements AsyncDisposable {
  readonly #settings: DispatcherSettings;
  #awake = false;
  #stopped = false;
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
    this.#sleeping?.();
  }

  /** A delivery ended: worth a look only if room was what lacked. */
  roomFreed(): void {
    if (this.#starved) this.wake();
  }

  /** Claims once; resolves to how many deliveries came. */
  async runOnce(looksFirst = false): Promise<number> {
    const { deck, claim } = this.#settings;
    const room = deck.claimRoom;
    const { deliveries, lanes } = await claim(room, looksFirst);
    this.#starved = deliveries.length >= room;
    deck.take(deliveries);
    if (lanes > 0 && !this.#starved) this.#awake = true;
    return deliveries.length;
  }

  /** Stops claiming; resolves when no claim is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    this.#sleeping?.();
    await this.#loop;
  }

  async #run(): Promise<void> {
    let isPoll = false;
    while (!this.#stopped) {
      this.#awake = false;
      let pauseMs = POLL_MS;
      try {
        await this.runOnce(isPoll);
      } catch (error) {
        this.#settings.onError(error);
        pauseMs = BACKOFF_MS;
        this.#awake = false;
      }
      if (!this.#awake && !this.#stopped) await this.#sleep(pauseMs);
      isPoll = !this.#awake;
    }
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
