/** Opens the secret versions of an endpoint that a probe may be signed with. */
import { listSealedSecrets, type SealedStandingRow } from "../../db/queries/list-sealed-secrets.ts";
import type { CoreContext } from "../context.ts";
import { endpointNotFound } from "../endpoints/endpoint-not-found.ts";
import { openSecrets } from "../secrets/open-secrets.ts";
import { signs } from "../secrets/secret-lifecycle.ts";
import type { ProbeSigner } from "./probe-plan.ts";

export interface OpenSigners {
  readonly staged: ProbeSigner | null;
  readonly active: ProbeSigner;
  /** The newest that retires. */
  readonly retiring: ProbeSigner | null;
  /** Set: the overlap is held open until a rehearsal has passed, and then ends at this time. */
  readonly plannedEndsAt: Date | null;
}

/** Throws `not_found` where the endpoint has been deleted meanwhile, and KeyUnavailableError. */
export async function openSigners(
  { database, clock, keyRing }: Pick<CoreContext, "database" | "clock" | "keyRing">,
  endpointId: string,
): Promise<OpenSigners> {
  const rows = await listSealedSecrets(database, endpointId);
  const now = clock.now();
  const open = (row: SealedStandingRow | undefined): ProbeSigner | null => {
    if (row === undefined) return null;
    const [opened] = openSecrets({ keyRing, rows: [row] });
    return opened === undefined ? null : { ...opened, scheme: row.scheme, endsAt: row.expires_at };
  };
  const retiring = rows.find((row) => row.state === "retiring" && signs({ ...row, expiresAt: row.expires_at }, now));
  const active = open(rows.find((row) => row.state === "active"));
  if (active === null) throw endpointNotFound();
  return {
    staged: open(rows.find((row) => row.state === "staged")),
    active,
    retiring: open(retiring),
    plannedEndsAt: retiring?.planned_end_at ?? null,
  };
}
