/**
 * `posthorn dev`: everything in one process, for a developer's machine. Makes its secrets and a default tenant at the
 * first start, offers a receiver, and prints commands to paste; with --json exactly one line when ready.
 */
import { dataDirectory, DEV_TENANT, type Flags, readDevConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { startServer } from "../server.ts";
import { startDevReceiver } from "./dev-receiver.ts";
import { keepDevSecrets } from "./dev-secrets.ts";
import { seedDev } from "./seed-dev.ts";
import { seedDialects } from "./seed-dialects.ts";
import { waitForSignal } from "./wait-for-signal.ts";

export async function runDev({ json, ...flags }: Flags & { readonly json: boolean }): Promise<number> {
  const secrets = await keepDevSecrets(dataDirectory(flags));
  const config = readDevConfig(flags, secrets);
  const stopped = waitForSignal();
  await using server = await startServer(config, createLog(config.logLevel));
  await using receiver = await startDevReceiver(() => server.context.clock.now());
  const tenantId = await seedDev(server.context, secrets.apiKey);
  const dialects = await seedDialects(server.context, { tenantId, secret: secrets.rootKey });

  const ready = {
    url: server.url,
    apiKey: secrets.apiKey,
    rootKey: config.rootKey,
    tenant: DEV_TENANT,
    receiverUrl: receiver.url,
    dialects,
  };
  process.stdout.write(json ? `${JSON.stringify(ready)}\n` : describe(ready));
  const failure = await Promise.race([stopped, server.failed]);
  if (failure instanceof Error) throw failure;
  await server.stop();
  return 0;
}

interface Ready {
  readonly url: string;
  readonly apiKey: string;
  readonly tenant: string;
  readonly receiverUrl: string;
}

function describe({ url, apiKey, tenant, receiverUrl }: Ready): string {
  const api = `${url}/v1/tenants/${tenant}`;
  const post = (path: string, body: string): string =>
    `curl -s ${api}${path} -H 'authorization: Bearer ${apiKey}' \\\n    -H 'content-type: application/json' -d '${body}'`;
  return `Posthorn is ready at ${url}

1. Make an endpoint for the built-in receiver; the answer shows its signing secret:
  ${post("/endpoints", JSON.stringify({ url: receiverUrl }))}

2. Publish an event:
  ${post("/events", JSON.stringify({ type: "invoice.paid", data: { id: "inv_1", amount: 4200 } }))}

3. See what the receiver got, and what was recorded of the delivery:
  curl -s ${receiverUrl}
  curl -s ${api}/deliveries -H 'authorization: Bearer ${apiKey}'

Every call: ${url}/v1/openapi.json    Stop with Ctrl-C.
`;
}
