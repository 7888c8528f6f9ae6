/**
 * What every core verb is given beside its input. Core sends nothing itself: it asks the engine through ports that
 * the composition root (server.ts) fills in.
 */
import type { Clock } from "../db/clock.ts";
import type { Database } from "../db/database.ts";
import type { PasswordQueue } from "./access/password-queue.ts";
import type { KeyRing } from "./encryption/key-ring.ts";
import type { ProbedEndpoint, ProbePlan } from "./probes/probe-plan.ts";
import type { Forecast, Scenario } from "./simulations/scenario.ts";
import type { TargetCheck } from "./endpoints/target-check.ts";

export interface CoreContext {
  readonly database: Database;
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  /** Where all passwords of this node are hashed, in turns. */
  readonly passwordQueue: PasswordQueue;
  /** Whether secrets may be revealed; false beats every permission. */
  readonly reveals: boolean;
  /** The egress guard's answer for a URL at create and update. */
  readonly checkTarget: TargetCheck;
  readonly engine: EnginePorts;
}

export interface EnginePorts {
  /** Something waits that the dispatcher may not know of: look now. */
  wakeDispatch(): void;
  /** Sends one `webhook.test` to the endpoint through the real pipeline; resolves once the attempt is recorded. */
  sendTest(input: { readonly tenantId: string; readonly endpointId: string }): Promise<{ readonly attemptId: number }>;
  /** The same, signed as the plan says and recorded with the source `probe`. */
  sendProbe(input: ProbedEndpoint & { readonly plan: ProbePlan }): Promise<{ readonly attemptId: number }>;
  /** Computes an outage by the rules of the pipeline; sends and stores nothing. */
  simulate(scenario: Scenario): Forecast;
}
