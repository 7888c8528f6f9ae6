/**
 * Sends one `webhook.test` to one endpoint and waits for its attempt: an owner's test, or a probe that is signed by a
 * plan. It goes through the same stages as everything else; only who asked waits for it.
 */
import { CoreError } from "../core/errors/core-error.ts";
import { TEST_EVENT_TYPE } from "../core/event-types/reserved-event-types.ts";
import type { ProbedEndpoint, ProbePlan } from "../core/probes/probe-plan.ts";
import { findProfile } from "../profiles/find-profile.ts";
import { toSigningSecret } from "./load/open-targets.ts";
import type { SigningPlan } from "./sign/signing-plan.ts";
import type { EventStore } from "./store/event-store.ts";
import type { StoreRequest } from "./store/store-request.ts";

export interface SoloSender {
  /** Resolves once the attempt is recorded. Throws `not_found`, and `overloaded` when it could not be sent now. */
  sendTest(input: { readonly tenantId: string; readonly endpointId: string }): Promise<{ readonly attemptId: number }>;
  sendProbe(input: ProbedEndpoint & { readonly plan: ProbePlan }): Promise<{ readonly attemptId: number }>;
  /** Told of every delivery that ended on this node: the attempt that was recorded, or null when none was. */
  settle(eventId: number, attemptId: number | null): void;
}

const RETRY_AFTER_SECONDS = 5;

export function createSoloSender(store: Pick<EventStore, "store">): SoloSender {
  const waiting = new Map<number, (attemptId: number | null) => void>();

  const send = async (request: StoreRequest): Promise<{ readonly attemptId: number }> => {
    const outcome = await store.store(request);
    if (outcome.kind === "refused") throw new CoreError("not_found", "There is no such endpoint, or it is disabled.");
    const eventId = outcome.events[0]?.id;
    if (eventId === undefined) throw new Error("A test was stored without an event.");
    const attempted = Promise.withResolvers<number | null>();
    waiting.set(eventId, attempted.resolve);
    const attemptId = await attempted.promise.finally(() => waiting.delete(eventId));
    if (attemptId === null) {
      throw new CoreError("overloaded", "The test could not be sent now. Try again shortly.", {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    return { attemptId };
  };

  return {
    sendTest: ({ tenantId, endpointId }) =>
      send({ ...toEndpointAlone(tenantId, endpointId), source: "test", events: [testEvent('{"test":true}')] }),
    sendProbe: ({ tenantId, endpointId, profile, plan }) =>
      send({
        ...toEndpointAlone(tenantId, endpointId),
        source: "probe",
        events: [testEvent('{"test":true,"probe":"a"}')],
        probe: toSigningPlan(profile, plan),
      }),
    settle: (eventId, attemptId) => waiting.get(eventId)?.(attemptId),
  };
}

function toEndpointAlone(
  tenantId: string,
  endpointId: string,
): Pick<StoreRequest, "tenantId" | "tenantNumber" | "keyId" | "targetEndpointId" | "idempotency"> {
  return { tenantId, tenantNumber: 0, keyId: null, targetEndpointId: endpointId, idempotency: null };
}

/** What it carries is enough to recognise it by. */
function testEvent(data: string): StoreRequest["events"][number] {
  return { type: TEST_EVENT_TYPE, data: Buffer.from(data), channels: null, id: null };
}

function toSigningPlan(profileName: ProbedEndpoint["profile"], plan: ProbePlan): SigningPlan {
  const profile = findProfile(profileName);
  if (profile === null) throw new Error(`The profile ${profileName} is unknown.`);
  return {
    secrets: plan.signers.map((signer) => toSigningSecret(profile, signer)),
    ageMs: plan.ageSeconds * 1000,
    isAltered: plan.isAltered,
    eventId: plan.asEventId,
  };
}
