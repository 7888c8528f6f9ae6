/** The same event is being handled by another request right now, and nobody knows yet how that ends. */

import { SigningError } from "./signing-error.ts";

export class EventInProgressError extends SigningError {
  override readonly name = "EventInProgressError";
  readonly code = "event_in_progress";
  readonly id: string;

  constructor(id: string) {
    super(
      "event_in_progress",
      `The event ${id} is being handled already. Answer 503, so that it comes again if that fails.`,
    );
    this.id = id;
  }
}
