/** The test's side of `misbehaving-receiver.ts`. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import type { Misbehaviour } from "./misbehaviour.ts";

export interface MisbehavingReceiver extends AsyncDisposable {
  readonly url: string;
  /** PEM, of the authority that the server is to trust. */
  readonly authority: string;
  /** Connections that it holds now. */
  countSockets(): Promise<number>;
}

const ENTRY = fileURLToPath(new URL("misbehaving-receiver.ts", import.meta.url));

export async function startMisbehavingReceiver({ name }: Misbehaviour): Promise<MisbehavingReceiver> {
  const child = fork(ENTRY, [name], { execArgv: ["--conditions=posthorn-source"] });
  const exited = once(child, "exit");
  const [told] = (await once(child, "message")) as [{ url: string; authority: string }];
  return {
    ...told,
    async countSockets() {
      child.send("count");
      const [{ openSockets }] = (await once(child, "message")) as [{ openSockets: number }];
      return openSockets;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
