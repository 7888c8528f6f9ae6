/**
 * Many tenants: 1,000 of them with three endpoints each and 50 event types. One endpoint takes every type, one takes
 * two families by prefix, one takes ten types by name, so an event reaches one to three of them. Deliveries a second
 * beside the steady load: nothing on the way may cost more because there are many.
 */
import { countArrivals, toDetails } from "../measure/describe-phase.ts";
import { deliveredPerSecond, medianRatio, takeTurns } from "../measure/take-turns.ts";
import type { SiteReceiver } from "../site/open-receiver.ts";
import type { Site } from "../site/open-site.ts";
import type { SiteTenant } from "../site/site-tenant.ts";
import type { Scenario, ScenarioOptions, ScenarioResult } from "./scenario.ts";
import { openSteadyReference, roundsOf } from "./steady-reference.ts";

const TENANTS = 1_000;
const TENANTS_SHORT = 4;
const FAMILIES = ["invoice", "order", "user", "file", "ticket"] as const;
const TYPES = FAMILIES.flatMap((family) => Array.from({ length: 10 }, (_, index) => `${family}.event_${index}`));
/** What the third endpoint takes: two of each family. */
const NAMED = TYPES.filter((_, index) => index % 5 === 0);
/** Tenants made at once. */
const MADE_AT_ONCE = 16;

export const manyTenants: Scenario = {
  name: "many-tenants",
  about: "1,000 tenants × 3 endpoints, 50 types, beside the steady load",
  seconds: 10,
  rows: null,
  run: runManyTenants,
};

async function runManyTenants(site: Site, options: ScenarioOptions): Promise<ScenarioResult> {
  const { seconds, short } = options;
  const steady = await openSteadyReference(site, options);
  const receiver = await site.receiver({ places: 3 });
  const tenants = await makeTenants(site, receiver, short ? TENANTS_SHORT : TENANTS);
  const targets = tenants.map((tenant) => tenant.target());
  const turns = await takeTurns({
    rounds: roundsOf(options),
    reference: () => steady.phase({ seconds }),
    measured: () =>
      site.phase({ name: "many tenants", targets, receiver, seconds, types: TYPES, wanted: TYPES.map(placesOf) }),
  });
  return {
    figures: [
      {
        name: "deliveries/s beside steady",
        ...medianRatio(turns.ratios(deliveredPerSecond)),
        must: { be: "at least", floor: 0.85, goal: 0.95 },
      },
      { name: "tenants", value: tenants.length, from: `${TYPES.length} types, 3 endpoints each` },
      ...countArrivals(site.phases),
    ],
    details: { steady: turns.reference.map(toDetails), manyTenants: turns.measured.map(toDetails) },
  };
}

function placesOf(type: string): number[] {
  const takesFamily = /^(invoice|order)\./.test(type);
  return [0, ...(takesFamily ? [1] : []), ...(NAMED.includes(type) ? [2] : [])];
}

async function makeTenants(site: Site, receiver: SiteReceiver, count: number): Promise<SiteTenant[]> {
  const tenants: SiteTenant[] = [];
  let started = 0;
  const makeSome = async (): Promise<void> => {
    while (started < count) {
      started += 1;
      const tenant = await site.tenant(TYPES);
      await tenant.endpoint({ url: receiver.url(0) });
      await tenant.endpoint({ url: receiver.url(1), eventTypes: ["invoice.*", "order.*"] });
      await tenant.endpoint({ url: receiver.url(2), eventTypes: NAMED });
      tenants.push(tenant);
    }
  };
  await Promise.all(Array.from({ length: MADE_AT_ONCE }, makeSome));
  site.note(`${count} tenants made`);
  return tenants;
}
