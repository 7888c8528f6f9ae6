/** `posthorn trigger <type>`: publishes the example that the catalogue has of an event type, through the API. */
import { parseArgs } from "node:util";

import { ConfigError, dataDirectory, DEV_TENANT, readServerConfig } from "../config.ts";
import { isEventTypeName } from "../core/event-types/event-type.ts";
import { readDevSecrets } from "./dev-secrets.ts";
import { listLoginUrls, openServerAccess } from "./login/server-access.ts";

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Exit code 1: there is no such type, it has no example, or the server refused. Throws ConfigError. */
export async function runTrigger(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      url: { type: "string" },
      port: { type: "string" },
      tenant: { type: "string" },
      "data-dir": { type: "string" },
    },
  });
  const [type, ...rest] = positionals;
  if (type === undefined || !isEventTypeName(type) || rest.length > 0) {
    throw new ConfigError("Expected posthorn trigger TYPE with the name of an event type. See posthorn --help.");
  }
  const flags = { url: values.url, port: values.port, dataDir: values["data-dir"] };
  const secrets = await readDevSecrets(dataDirectory(flags));
  const access = await openServerAccess(await readServerConfig(flags, secrets, listLoginUrls));
  const tenant = values.tenant ?? access.tenant ?? DEV_TENANT;
  const base = new URL(`/v1/tenants/${encodeURIComponent(tenant)}/`, access.url);
  const key = await access.key();

  const known = await call({ url: new URL(`event-types/${type}`, base), key });
  if (known.status !== 200) return refuse(known);
  const { example } = known.body;
  if (typeof example !== "string") {
    process.stderr.write(
      `posthorn: The event type ${type} has no example. Give it one: PUT ${base.pathname}event-types/${type}\n`,
    );
    return 1;
  }
  // As text: numbers beyond a double's precision stay as they are.
  const published = await call({ url: new URL("events", base), key, body: `{"type":"${type}","data":${example}}` });
  if (published.status !== 202) return refuse(published);
  process.stdout.write(`${String(published.body["id"])}\n`);
  return 0;
}

async function call(request: { readonly url: URL; readonly key: string; readonly body?: string }): Promise<Answer> {
  const { url, key, body } = request;
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { method: "POST", body }),
  }).catch(() => {
    throw new Error(`There is no server at ${url.origin}.`);
  });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

function refuse({ status, body }: Answer): number {
  const { detail } = body;
  process.stderr.write(`posthorn: The server refused: ${typeof detail === "string" ? detail : status}\n`);
  return 1;
}
