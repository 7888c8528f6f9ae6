/** Drops the staged version: nothing was signed with it, and its value is wiped. */
import { changeSecrets, type SecretsAct } from "./change-secrets.ts";

/** Resolves to the number that was dropped. Throws `scope_required`, `not_found`, `wrong_state` when none is staged. */
export async function unstageSecret({
  input,
  ...act
}: SecretsAct & { readonly input: { readonly reason?: string | undefined } }): Promise<{
  readonly expired: readonly number[];
}> {
  return changeSecrets(act, {
    action: "secret.unstage",
    reason: input.reason,
    decideEvent: () => ({ kind: "unstage" }),
    toAnswer: ({ moves }) => ({ expired: moves.map((move) => move.number) }),
  });
}
