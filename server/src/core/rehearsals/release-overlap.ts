/** Lets an overlap that was held open for a rehearsal end as it was planned, or soon where that time is over. */
import { CoreError } from "../errors/core-error.ts";
import { changeSecrets, type SecretsAct } from "../secrets/change-secrets.ts";

/** The shortest time in which the other nodes are sure to hear of an end. */
const SOON_MS = 1000;

/** Resolves to the end; null where somebody else has moved the version meanwhile. */
export async function releaseOverlap(
  act: SecretsAct,
  { number, plannedEndsAt }: { readonly number: number; readonly plannedEndsAt: Date },
): Promise<Date | null> {
  try {
    return await changeSecrets(act, {
      action: "secret.shorten",
      reason: "A rehearsal has passed.",
      decideEvent: (_, now) => ({
        kind: "shorten",
        number,
        overlapEndsAt: new Date(Math.max(plannedEndsAt.getTime(), now.getTime() + SOON_MS)),
      }),
      toAnswer: ({ moves }) => moves[0]?.expiresAt ?? null,
    });
  } catch (error) {
    if (error instanceof CoreError && error.code === "wrong_state") return null;
    throw error;
  }
}
