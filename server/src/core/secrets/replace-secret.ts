/**
 * Ends every secret of an endpoint now and makes a new one active, for contracts that call this "expire": the old secret
 * is unusable at once, and the endpoint counts as changed. The new secret is not answered; it is revealed.
 */
import { touchEndpoint } from "../../db/queries/touch-endpoint.ts";
import type { SecretsAct } from "./change-secrets.ts";
import { rotateSecret } from "./rotate-secret.ts";

/** Throws `scope_required`, `not_found`. */
export async function replaceSecret(act: SecretsAct): Promise<void> {
  const { context, endpointId } = act;
  await rotateSecret({
    ...act,
    input: { overlapSeconds: 0, onConflict: "expire_old" },
    keepAnswer: (transaction) => touchEndpoint(transaction, { id: endpointId, now: context.clock.now() }),
  });
}
