/** The `posthorn` command as it is typed: a process of its own, from source. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");

/**
 * What such a process has of this one's environment: nothing that tells a server anything. What one compiled serves
 * the next (`.ci/test.ts` says where); without, a command takes twice as long to start.
 */
export const BARE_ENVIRONMENT: NodeJS.ProcessEnv = {
  PATH: process.env["PATH"],
  NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
};

export interface PosthornInput {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

export interface PosthornEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function startPosthorn(
  args: readonly string[],
  { env = {}, cwd }: PosthornInput = {},
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, ["--conditions=posthorn-source", MAIN, ...args], {
    env: { ...BARE_ENVIRONMENT, ...env },
    cwd,
  });
}

/** Resolves when it has ended. `input` is all of its standard input. */
export async function runPosthorn(
  args: readonly string[],
  { input = "", ...rest }: PosthornInput & { readonly input?: string } = {},
): Promise<PosthornEnd> {
  const child = startPosthorn(args, rest);
  child.stdin.on("error", () => {}).end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code: child.exitCode, stdout, stderr };
}
