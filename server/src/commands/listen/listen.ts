/**
 * `posthorn listen`: forwards a tenant's events to a receiver on the developer's machine while it runs, as they are
 * committed. It follows the stream and goes on with its cursor after a cut, so that nothing published meanwhile is
 * missed. Each event is sent once: this is for development, and the receiver's answer is shown, not retried.
 * The receiver's secret is this command's own, made at its start; no endpoint of the tenant is touched.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";

import { encodeSecret } from "@posthorn/signing/schemes";

import { ConfigError, dataDirectory, DEV_TENANT, readServerConfig } from "../../config.ts";
import { readDevSecrets } from "../dev-secrets.ts";
import { listLoginUrls, LoginEndedError, openServerAccess, type ServerAccess } from "../login/server-access.ts";
import { waitForSignal } from "../wait-for-signal.ts";
import { forwardEvent } from "./forward-event.ts";
import { readFrames } from "./read-frames.ts";

const SECRET_BYTES = 32;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** About a minute and a half. */
const TRIES_DEFAULT = 10;
/** Answers that may be another when asked again. */
const WORTH_ANOTHER_TRY: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

interface Listening {
  readonly stream: URL;
  readonly access: ServerAccess;
  readonly to: URL;
  readonly secret: string;
  readonly tries: number;
  readonly signal: AbortSignal;
}

/** Exit code 1: the server refused, or it gave up coming back. Throws ConfigError for a mistake of the command line. */
export async function runListen(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      "forward-to": { type: "string" },
      "event-types": { type: "string" },
      cursor: { type: "string" },
      tries: { type: "string", default: String(TRIES_DEFAULT) },
      url: { type: "string" },
      port: { type: "string" },
      tenant: { type: "string" },
      "data-dir": { type: "string" },
    },
  });
  const to = URL.parse(values["forward-to"] ?? "");
  if (to === null || !/^https?:$/.test(to.protocol)) {
    throw new ConfigError("Expected posthorn listen --forward-to http://localhost:3000/hook. See posthorn --help.");
  }
  if (!/^\d{1,4}$/.test(values.tries)) throw new ConfigError("--tries is a number.");
  const flags = { url: values.url, port: values.port, dataDir: values["data-dir"] };
  const secrets = await readDevSecrets(dataDirectory(flags));
  const access = await openServerAccess(await readServerConfig(flags, secrets, listLoginUrls));
  const tenant = values.tenant ?? access.tenant ?? DEV_TENANT;
  const stream = new URL(`/v1/tenants/${encodeURIComponent(tenant)}/stream`, access.url);
  if (values["event-types"] !== undefined) stream.searchParams.set("eventTypes", values["event-types"]);
  const secret = encodeSecret({ format: "whsec_base64", bytes: randomBytes(SECRET_BYTES) });

  const stopped = new AbortController();
  void waitForSignal().then(() => stopped.abort());
  say(`Forwarding to ${to.href}, signed with the secret ${secret}`);
  return follow(
    { stream, access, to, secret, tries: Number(values.tries), signal: stopped.signal },
    values.cursor ?? "",
  );
}

/** Comes back with the cursor until it is stopped, refused, or has failed so many times without hearing anything. */
async function follow(listening: Listening, begin: string): Promise<number> {
  const { signal, tries } = listening;
  let cursor = begin;
  let failures = 0;
  const onCursor = (reached: string): void => {
    cursor = reached;
    failures = 0;
  };
  while (!signal.aborted) {
    const { isFinal, why } = await readOnce(listening, cursor, onCursor);
    if (signal.aborted) break;
    failures += 1;
    if (isFinal || failures > tries) return end(`${why} Gave up.`, cursor, 1);
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS);
    complain(`${why} Coming back in ${waitMs / 1000} s.`);
    await wait(waitMs, undefined, { signal }).catch(() => {});
  }
  return end("Stopped.", cursor, 0);
}

/** One connection. Resolves to why it is over. */
async function readOnce(
  { stream, access, to, secret, signal }: Listening,
  cursor: string,
  onCursor: (cursor: string) => void,
): Promise<{ readonly isFinal: boolean; readonly why: string }> {
  try {
    const key = await access.key();
    const response = await fetch(stream, {
      headers: { authorization: `Bearer ${key}`, ...(cursor === "" ? {} : { "last-event-id": cursor }) },
      signal,
    });
    if (response.status !== 200 || response.body === null) {
      const { detail = "" } = (await response.json().catch(() => ({}))) as { readonly detail?: string };
      return {
        isFinal: !WORTH_ANOTHER_TRY.has(response.status),
        why: `The server refused (${response.status}): ${detail}`,
      };
    }
    say(cursor === "" ? "Connected." : "Connected again, from the last event on.");
    for await (const { id, data } of readFrames(response.body)) {
      if (data !== null) {
        const event = await forwardEvent({ line: data, to, secret, signal });
        if (signal.aborted) break;
        say(`${event.type} ${event.id} → ${event.outcome} in ${event.tookMs} ms`);
      }
      // After it was sent: what is cut off in between is sent again rather than lost.
      if (id !== null) onCursor(id);
    }
    return { isFinal: false, why: "The stream ended." };
  } catch (error) {
    if (error instanceof LoginEndedError) return { isFinal: true, why: error.message };
    return { isFinal: false, why: `The connection to ${stream.origin} broke.` };
  }
}

function end(why: string, cursor: string, exitCode: number): number {
  complain(cursor === "" ? why : `${why} Go on from here with --cursor ${cursor}`);
  return exitCode;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(line: string): void {
  process.stderr.write(`posthorn: ${line}\n`);
}
