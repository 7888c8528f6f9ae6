/** The steady load on a tenant of its own: what other scenarios are compared with, in the same run. */
import type { PhaseFigures } from "../measure/publish-phase.ts";
import { CONNECTIONS } from "../site/connections.ts";
import type { SiteReceiver } from "../site/open-receiver.ts";
import type { Phase, Site } from "../site/open-site.ts";
import type { SiteTenant } from "../site/site-tenant.ts";

export interface SteadyReference {
  readonly tenant: SiteTenant;
  readonly receiver: SiteReceiver;
  /** Single publishes to one endpoint; closed loop unless a rate is given. */
  phase(
    input: Pick<Phase, "seconds" | "perSecond" | "warmUpSeconds"> & { readonly name?: string },
  ): Promise<PhaseFigures>;
}

/** Once before anything counts: compilers and pools settle. */
const SETTLE_SECONDS = 5;

export async function openSteadyReference(
  site: Site,
  { short, cap = CONNECTIONS }: { readonly short: boolean; readonly cap?: number },
): Promise<SteadyReference> {
  const tenant = await site.tenant();
  const receiver = await site.receiver();
  await tenant.endpoint({ url: receiver.url(), maxInFlight: cap });
  const phase: SteadyReference["phase"] = ({ name = "steady", ...rest }) =>
    site.phase({ name, targets: [tenant.target()], receiver, ...rest });
  if (!short) await phase({ name: "settling", seconds: SETTLE_SECONDS });
  return { tenant, receiver, phase };
}

/** How often turns are taken: enough for a median, once where only the way is tried. */
export const roundsOf = ({ short }: { readonly short: boolean }): number => (short ? 1 : 3);
