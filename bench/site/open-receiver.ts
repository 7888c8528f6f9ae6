/** A receiver of a run in a process of its own, and the addresses under which endpoints reach it. */
import type { AnswerRule } from "../processes/answer-rules.ts";
import { Companion } from "../processes/companion.ts";
import type { ReceiverCalls } from "../processes/receiver.ts";

export interface ReceiverOptions {
  readonly rule?: AnswerRule;
  /** How many endpoints of one event are here. */
  readonly places?: number;
}

export interface SiteReceiver extends AsyncDisposable {
  readonly process: Companion<ReceiverCalls>;
  readonly port: number;
  /** The URL of the endpoint at this place. */
  url(place?: number): string;
}

export async function openReceiver({ rule = { kind: "accept" }, places = 1 }: ReceiverOptions): Promise<SiteReceiver> {
  const process = new Companion<ReceiverCalls>(new URL("../processes/receiver.ts", import.meta.url));
  const { port } = await process.call("listen", { rule, places });
  return {
    process,
    port,
    url: (place = 0) => `http://127.0.0.1:${port}/${place}`,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}
