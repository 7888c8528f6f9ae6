/**
 * Holds a directory for one process at a time, by listening on a local socket named after the directory's real path.
 * PGlite does not notice a second opener, and two of them destroy the data. The hold ends with the process, however it
 * ends: on Linux the socket is abstract (no file), on Windows a named pipe; elsewhere a socket file is left behind by
 * a killed process, and is removed when nobody answers on it.
 * Processes in different network namespaces (containers) that share a directory do not see each other on Linux.
 */
import { createHash } from "node:crypto";
import { realpath, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Another process has the directory open. The message is for the person who started this one. */
export class DirectoryHeldError extends Error {
  override readonly name = "DirectoryHeldError";
  readonly directory: string;

  constructor(directory: string) {
    super(
      `the database directory ${directory} is in use by another Posthorn process; stop that one, or choose another directory`,
    );
    this.directory = directory;
  }
}

/**
 * Dispose to let go.
 * @param directory An existing directory.
 * @throws DirectoryHeldError when a living process holds it.
 */
export async function holdDirectory(directory: string): Promise<AsyncDisposable> {
  const name = createHash("sha256")
    .update(await realpath(directory))
    .digest("hex")
    .slice(0, 32);
  const address = addressOf(name);
  const server = (await tryToListen(address)) ?? (await replaceStale(address));
  if (!server) throw new DirectoryHeldError(directory);
  return { [Symbol.asyncDispose]: () => close(server) };
}

function addressOf(name: string): string {
  if (process.platform === "linux") return `\0posthorn-${name}`;
  if (process.platform === "win32") return `\\\\.\\pipe\\posthorn-${name}`;
  return join(tmpdir(), `posthorn-${name}.sock`);
}

/** Null when the address is taken. */
function tryToListen(address: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(null);
      else reject(error);
    });
    server.listen(address, () => resolve(server));
  });
}

/** Null when a living process answers. Only a socket file can be stale. */
async function replaceStale(address: string): Promise<Server | null> {
  const isFile = address.endsWith(".sock");
  if (!isFile || (await answers(address))) return null;
  await rm(address, { force: true });
  return tryToListen(address);
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
