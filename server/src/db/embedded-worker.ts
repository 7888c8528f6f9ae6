/**
 * The thread that PGlite runs in. It blocks while a statement runs, so it has a thread of its own.
 * It opens the database, then answers each call with the bytes that PGlite wrote, in the order of the calls. What the
 * bytes mean, and who may call when, is the other side's (`embedded.ts`).
 */
import { parentPort, workerData } from "node:worker_threads";

import { PGlite } from "@electric-sql/pglite";

import { SESSION_SETTINGS } from "./session-settings.ts";

export interface EmbeddedWorkerOptions {
  /** Where the data is; null keeps it in memory. */
  readonly directory: string | null;
}

export type EmbeddedRequest = { readonly id: number; readonly bytes: Uint8Array } | { readonly close: true };

export type EmbeddedReply =
  | { readonly kind: "opened" }
  | { readonly kind: "failed_to_open"; readonly reason: string }
  | { readonly kind: "answered"; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: "crashed"; readonly reason: string };

if (parentPort) await serve(parentPort, workerData as EmbeddedWorkerOptions);

async function serve(port: NonNullable<typeof parentPort>, options: EmbeddedWorkerOptions): Promise<void> {
  const reply = (message: EmbeddedReply, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

  let database: PGlite;
  try {
    database = await open(options);
  } catch (error) {
    reply({ kind: "failed_to_open", reason: reasonOf(error) });
    return;
  }

  let calls = Promise.resolve();
  port.on("message", (request: EmbeddedRequest) => {
    calls = calls.then(async () => {
      if ("close" in request) {
        await database.close();
        port.close();
        return;
      }
      try {
        const bytes = await call(database, request.bytes);
        reply({ kind: "answered", id: request.id, bytes }, [bytes.buffer]);
      } catch (error) {
        reply({ kind: "crashed", reason: reasonOf(error) });
      }
    });
  });
  reply({ kind: "opened" });
}

async function open({ directory }: EmbeddedWorkerOptions): Promise<PGlite> {
  const database = await PGlite.create(directory === null ? {} : { dataDir: directory });
  await database.exec(SESSION_SETTINGS.map(([name, value]) => `set ${name} = '${value}'`).join(";"));
  return database;
}

async function call(database: PGlite, request: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  await database.execProtocolRawStream(request, {
    syncToFs: false,
    // A chunk is a view of PGlite's memory, which the next one overwrites.
    onRawData: (chunk) => chunks.push(chunk.slice()),
  });
  const answer = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    answer.set(chunk, at);
    at += chunk.length;
  }
  refuseIncomplete(answer);
  return answer;
}

const READY_FOR_QUERY = 0x5a;
const READY_FOR_QUERY_BYTES = 6;

/** PGlite swallows its own crashes (an exhausted stack, for one): all that shows is an answer without its end. */
function refuseIncomplete(answer: Uint8Array): void {
  if (answer.at(-READY_FOR_QUERY_BYTES) !== READY_FOR_QUERY) throw new Error("it crashed in the middle of a statement");
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
