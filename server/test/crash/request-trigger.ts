/** The point that the receiver sees: a request has arrived, and its answer never leaves. */
import type { Reaction } from "../../../devkit/receivers/start-receiver.ts";
import type { CrashingServer } from "./start-crashing-server.ts";

/** Reacts as told until a request is the one at which the server dies; that one is never answered. */
export class RequestTrigger {
  readonly #react: Reaction;
  #left = Infinity;
  #kill = (): void => {};

  constructor(react: Reaction) {
    this.#react = react;
  }

  killAt(count: number, server: CrashingServer): void {
    this.#left = count;
    this.#kill = () => server.kill("SIGKILL");
  }

  readonly react: Reaction = (exchange) => {
    this.#left -= 1;
    if (this.#left !== 0) return this.#react(exchange);
    this.#kill();
  };
}
