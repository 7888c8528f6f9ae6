/**
 * Takes a rotation back while the version before still signs: that one is active again, for good, and the newer one
 * ends now. A receiver that has changed over already must change back.
 */
import { changeSecrets, type SecretsAct } from "./change-secrets.ts";
import type { SecretVersion } from "./secret-version.ts";

/** Resolves to the version that is active again. Throws `scope_required`, `not_found`, `wrong_state` out of an overlap. */
export async function cancelRotation({
  input,
  ...act
}: SecretsAct & { readonly input: { readonly reason?: string | undefined } }): Promise<SecretVersion> {
  return changeSecrets(act, {
    action: "secret.cancel",
    reason: input.reason,
    decideEvent: () => ({ kind: "cancel" }),
    toAnswer: ({ moved }) => {
      const version = moved.find((one) => one.state === "active");
      if (version === undefined) throw new Error("A cancelled rotation made no version active.");
      return version;
    },
  });
}
