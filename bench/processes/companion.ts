/**
 * One process of a run beside the server under test: started from its file, called by name, ended with the run. Each
 * part is a process of its own, so that none borrows another's event loop or hides in its CPU time.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** What goes over the channel. */
export interface CallMessage {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}
export type ReplyMessage =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: string };

interface Pending {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** @template C what it can be asked: a function of one input for each name. */
export class Companion<C extends object> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  /** @param file a module that calls `answerCalls`. */
  constructor(file: URL) {
    this.#child = fork(file, { serialization: "advanced", execArgv: ["--conditions=posthorn-source"] });
    this.#child.on("message", (reply: ReplyMessage) => {
      const pending = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if ("failure" in reply) pending?.reject(new Error(reply.failure));
      else pending?.resolve(reply.result as never);
    });
    this.#child.once("exit", (code, signal) => {
      const error = new Error(`${file.pathname} ended with ${signal ?? code}`);
      for (const pending of this.#pending.values()) pending.reject(error);
      this.#pending.clear();
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("the companion did not start");
    return this.#child.pid;
  }

  call<Name extends keyof C & string>(
    name: Name,
    input: C[Name] extends (input: infer Input) => unknown ? Input : never,
  ): Promise<C[Name] extends (input: never) => infer Result ? Awaited<Result> : never> {
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      this.#pending.set(this.#lastId, { resolve, reject });
      this.#child.send({ id: this.#lastId, name, input } satisfies CallMessage);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}
