/** What a publish route tells whoever watches it, once the answer is written. */
import type { Published } from "./publish-events.ts";

export interface AnsweredPublish {
  readonly requestId: string;
  readonly status: number;
  /** Of the problem; null where it was accepted. */
  readonly code: string | null;
  /** null where it was refused. */
  readonly published: Published | null;
  /** From the request's headers to the answer. */
  readonly ms: number;
}
