/**
 * Ends the overlap of an endpoint now: every retiring version is expired and wiped, the active one signs alone. Asked
 * again, it finds nothing and says so.
 */
import { changeSecrets, type SecretsAct } from "./change-secrets.ts";

/** Resolves to the numbers of the versions that were ended. Throws `scope_required`, `not_found`. */
export async function expireSecrets({
  input,
  ...act
}: SecretsAct & { readonly input: { readonly reason?: string | undefined } }): Promise<{
  readonly expired: readonly number[];
}> {
  return changeSecrets(act, {
    action: "secret.expire",
    reason: input.reason,
    decideEvent: () => ({ kind: "expire_retiring" }),
    toAnswer: ({ moves }) => ({ expired: moves.map((move) => move.number) }),
  });
}
