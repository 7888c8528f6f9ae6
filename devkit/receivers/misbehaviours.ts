/**
 * The ways in which receivers go wrong, as reactions for `startReceiver`. Those without an end go on until
 * the other side closes the socket.
 */
import { once } from "node:events";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";

import type { Reaction } from "./start-receiver.ts";

/** Answers with this status, headers and body. */
export function answer(status: number, headers: Record<string, string> = {}, body: string | Uint8Array = ""): Reaction {
  return ({ response }) => void response.writeHead(status, headers).end(body);
}

/** Takes the request and says nothing. */
export const hang: Reaction = () => undefined;

/** Says nothing until the promise resolves, then does as told. */
export function holdUntil(released: Promise<unknown>, then: Reaction): Reaction {
  return async (exchange) => {
    await released;
    await then(exchange);
  };
}

/** Breaks the connection with a TCP reset. */
export const reset: Reaction = ({ socket }) => void socket.resetAndDestroy();

/** Closes the connection in the ordinary way, without an answer. */
export const close: Reaction = ({ socket }) => void socket.end();

/** Sends these bytes, whatever they are, and leaves the connection open. */
export function sendRaw(bytes: string): Reaction {
  return ({ socket }) => void socket.write(bytes, "latin1");
}

/** Sends these bytes and closes. */
export function sendRawAndClose(bytes: string): Reaction {
  return ({ socket }) => void socket.end(bytes, "latin1");
}

export const stallInHeaders: Reaction = sendRaw("HTTP/1.1 200 OK\r\ncontent-type: text/pl");
export const stallInBody: Reaction = sendRaw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
export const invalidHttp: Reaction = sendRawAndClose("SSH-2.0-OpenSSH_9.2\r\n");

/** One byte of the body at a time, for ever. */
export const drip: Reaction = async ({ socket }) => {
  socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
  await writeForever(socket, Buffer.from("x"), { everyMs: 20 });
};

export const endlessBody: Reaction = async ({ socket }) => {
  socket.write("HTTP/1.1 200 OK\r\n\r\n");
  await writeForever(socket, Buffer.alloc(64 * 1024, "x"));
};

export const endlessHeaders: Reaction = async ({ socket }) => {
  socket.write("HTTP/1.1 200 OK\r\n");
  await writeForever(socket, Buffer.from(`x-filler: ${"x".repeat(1000)}\r\n`));
};

export const endlessInterimAnswers: Reaction = async ({ socket }) => {
  await writeForever(socket, Buffer.from("HTTP/1.1 102 Processing\r\n\r\n".repeat(100)), { everyMs: 1 });
};

/** A small answer that would unpack to 64 MiB. */
export const gzipBomb: Reaction = ({ response }) => {
  bomb ??= gzipSync(Buffer.alloc(64 * 1024 * 1024));
  response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
};
/** Packed once: it takes longer than some deadlines. */
let bomb: Buffer | null = null;

async function writeForever(socket: Socket, bytes: Buffer, pace: { everyMs?: number } = {}): Promise<void> {
  // A reset is an end like any other.
  const closed = once(socket, "close").catch(() => undefined);
  while (!socket.destroyed) {
    const hasRoom = socket.write(bytes);
    if (!hasRoom) await Promise.race([once(socket, "drain").catch(() => undefined), closed]);
    else if (pace.everyMs !== undefined) await new Promise((resolve) => setTimeout(resolve, pace.everyMs));
    else await new Promise((resolve) => setImmediate(resolve));
  }
}
