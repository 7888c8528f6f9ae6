/** A tenant in which deliveries have ended as a test of recoveries wants it, without an engine that would send them. */
import { fromNumberId, fromUuidId } from "../../src/core/ids/public-id.ts";
import { runRecoveries } from "../../src/maintenance/run-recoveries.ts";
import { type FinishedWith, finishDelivery } from "./finish-delivery.ts";
import { type NewTenant, newTenant } from "./new-tenant.ts";
import type { TestApi } from "./start-api.ts";

export interface FailedDeliveries extends NewTenant {
  /** `…/recoveries` */
  readonly recoveries: string;
  /** Publishes so many events of the type and ends all their deliveries so; resolves to the deliveries' ids in order. */
  end(count: number, how?: Partial<FinishedWith>, type?: string): Promise<number[]>;
  /** Ends every delivery of the tenant that waits, as failed. */
  endWaiting(): Promise<void>;
  /** Starts a recovery; expects a 201 and resolves to its path. */
  start(body?: object): Promise<string>;
  /** All of the tenant, unfinished and ended, in the order of their ids. */
  deliveries(): Promise<DeliveryRow[]>;
  /** Those that a recovery has put back into the queue. */
  recovered(): Promise<number[]>;
}

export interface DeliveryRow {
  readonly id: number;
  readonly endpoint_id: string;
  readonly run: number;
  readonly waits: boolean;
}

const EVENT_TYPE = "invoice.paid";

const DELIVERIES = {
  name: "test-deliveries-of-tenant",
  text: `
    select delivery_id as id, endpoint_id, run, true as waits from queue
    where tenant_id = (select id from tenants where slug = $1::text)
    union all
    select id, endpoint_id, run, false from deliveries
    where tenant_id = (select id from tenants where slug = $1::text)
    order by id`,
};

export async function failedDeliveries(api: TestApi): Promise<FailedDeliveries> {
  const tenant = await newTenant(api);
  await tenant.register(EVENT_TYPE);
  const root = api.client();
  const recoveries = `${tenant.path}/recoveries`;
  const deliveries = () => api.database.query<DeliveryRow>(DELIVERIES, [tenant.slug]);
  return {
    ...tenant,
    recoveries,
    deliveries,
    async end(count, how = {}, type = EVENT_TYPE) {
      const ended: number[] = [];
      for (let n = 0; n < count; n += 1) {
        const { id } = await tenant.publish(type);
        const list = await root.get(`${tenant.path}/deliveries?eventId=${id}`);
        for (const delivery of list.body.data.toReversed()) {
          const deliveryId = fromNumberId("dlv", delivery.id) ?? 0;
          await finishDelivery(api, { deliveryId, state: "exhausted", status: 500, ...how });
          ended.push(deliveryId);
        }
      }
      return ended;
    },
    async endWaiting() {
      for (const { id, waits } of await deliveries()) {
        if (waits) await finishDelivery(api, { deliveryId: id, state: "exhausted", status: 500 });
      }
    },
    async start(body = {}) {
      const { status, text, body: recovery } = await root.post(recoveries, body);
      if (status !== 201) throw new Error(text);
      return `${recoveries}/${recovery.id}`;
    },
    recovered: async () => (await deliveries()).filter(({ run, waits }) => waits && run > 1).map(({ id }) => id),
  };
}

const UNOPENED = {
  name: "test-unopened-recoveries",
  text: "select from recoveries where state = 'running' and endpoints is null",
};

/** One run of maintenance on a node, after this time, when what runs has been opened. Throws what a step threw. */
export async function runAfter(api: TestApi, ms: number): ReturnType<typeof runRecoveries> {
  await openRecoveries(api);
  api.clock.advance(ms);
  return runRecoveries({ ...api, onError });
}

/** On a database server that others use too, a transaction of theirs may have to be waited for. */
export async function openRecoveries(api: TestApi): Promise<void> {
  while ((await api.database.query(UNOPENED, [])).length > 0) await runRecoveries({ ...api, onError });
}

function onError(error: unknown): never {
  throw error;
}

export function endpointKey(endpoint: { readonly id: string }): string {
  return fromUuidId("ep", endpoint.id) ?? "";
}
