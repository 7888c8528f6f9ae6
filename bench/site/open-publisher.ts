/** A load generator in a process of its own. */
import { Companion } from "../processes/companion.ts";
import type { LoadCalls } from "../processes/load.ts";

export function openPublisher(): Companion<LoadCalls> {
  return new Companion<LoadCalls>(new URL("../processes/load.ts", import.meta.url));
}
