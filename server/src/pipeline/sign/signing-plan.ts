/**
 * How one probe is signed (core/probes/probe-plan.ts says what for), with its secrets as keys: made by the engine, held
 * in memory with the delivery, and never stored.
 */
import type { SigningSecret } from "../load/target.ts";

export interface SigningPlan {
  /** In the order of the header. None: the signature header is left out. */
  readonly secrets: readonly SigningSecret[];
  /** How long before now the request says it was signed. */
  readonly ageMs: number;
  /** One byte of the body is changed after it was signed. */
  readonly isAltered: boolean;
  /** Under whose id it is sent; null: its own. */
  readonly eventId: number | null;
}
