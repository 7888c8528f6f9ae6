/** Nodes on one database, started as operators start them, with a tenant and a receiver. PostgreSQL alone. */
import { randomBytes } from "node:crypto";

import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { type ServingOptions, type ServingProcess, startServingProcess } from "../support/start-serving-process.ts";
import { type CountingReceiver, startCountingReceiver } from "./counting-receiver.ts";

export interface Site extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly receiver: CountingReceiver;
  readonly rootKey: string;
  readonly encryptionKeys: string;
  readonly tenantPath: string;
  /** One more node. */
  start(options?: Pick<ServingOptions, "flags" | "nodeFlags" | "env">): Promise<ServingProcess>;
  /** Asks a node; expects the status. */
  // oxlint-disable-next-line no-explicit-any
  call(node: Pick<ServingProcess, "url">, request: SiteRequest): Promise<any>;
  /** An endpoint at this path of the receiver; through this node. */
  endpoint(
    node: ServingProcess,
    path: string,
    settings?: object,
  ): Promise<{ id: string; path: string; secret: string }>;
  /** Publishes one event through this node; resolves to its id, or null when the node did not answer 202. */
  publish(node: Pick<ServingProcess, "url">, data?: object, token?: string): Promise<string | null>;
}

export interface SiteRequest {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: object;
  readonly status?: number;
}

const EVENT_TYPE = "invoice.paid";

export async function openSite(receiving: Parameters<typeof startCountingReceiver>[0]): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await openTestDatabase());
  if (database.url === null) throw new Error("several processes need a PostgreSQL server");
  const receiver = stack.use(await startCountingReceiver(receiving));
  const rootKey = `root_${randomBytes(16).toString("hex")}`;
  const encryptionKeys = `k1:${randomBytes(32).toString("base64")}`;
  const given = { databaseUrl: database.url, rootKey, encryptionKeys };
  const tenantPath = "/v1/tenants/site";
  let isFirst = true;

  const call: Site["call"] = async ({ url }, { method = "POST", path, body, status = 200 }) => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: { authorization: `Bearer ${rootKey}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status !== status) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  };
  const nodes = stack.use(new AsyncDisposableStack());
  const resources = stack.move();
  return {
    database,
    receiver,
    rootKey,
    encryptionKeys,
    tenantPath,
    call,
    async start(options = {}) {
      const node = nodes.use(await startServingProcess({ ...given, ...options }));
      if (isFirst && node.url !== "") {
        isFirst = false;
        await call(node, { path: "/v1/tenants", body: { name: "Site", slug: "site" }, status: 201 });
        await call(node, { method: "PUT", path: `${tenantPath}/event-types/${EVENT_TYPE}`, body: {}, status: 201 });
      }
      return node;
    },
    async endpoint(node, path, settings = {}) {
      const body = { url: `${receiver.url}${path}`, ...settings };
      const { id, secret } = await call(node, { path: `${tenantPath}/endpoints`, body, status: 201 });
      return { id, path: `${tenantPath}/endpoints/${id}`, secret };
    },
    async publish({ url }, data = {}, token = rootKey) {
      try {
        const response = await fetch(new URL(`${tenantPath}/events`, url), {
          method: "POST",
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          body: JSON.stringify({ type: EVENT_TYPE, data }),
        });
        const answer = (await response.json()) as { readonly id: string };
        return response.status === 202 ? answer.id : null;
      } catch {
        return null;
      }
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

export interface Publishing {
  /** Resolves when so many were accepted in all. */
  accepted(count: number): Promise<void>;
  /** Resolves to the ids of what was accepted. */
  stop(): Promise<readonly string[]>;
}

/** Publishes through nodes in turn, so many at once, until it is stopped. */
export function startPublishing(
  site: Site,
  options: { readonly nodes: () => readonly ServingProcess[]; readonly publishers: number },
): Publishing {
  const accepted: string[] = [];
  const looks = new Set<() => void>();
  let isStopping = false;
  let turn = 0;
  const publishers = Array.from({ length: options.publishers }, async () => {
    while (!isStopping) {
      const nodes = options.nodes();
      turn += 1;
      const node = nodes[turn % nodes.length];
      const id = node === undefined ? null : await site.publish(node, { turn });
      if (id === null) continue;
      accepted.push(id);
      for (const look of looks) look();
    }
  });
  return {
    async accepted(count) {
      const reached = Promise.withResolvers<void>();
      const look = (): void => void (accepted.length >= count && reached.resolve());
      looks.add(look);
      look();
      await reached.promise.finally(() => looks.delete(look));
    },
    async stop() {
      isStopping = true;
      await Promise.all(publishers);
      return accepted;
    },
  };
}
