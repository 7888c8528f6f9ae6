/** An event of the inbox that could not be stored, as watchers are told of it. */
import type { InboxProblem } from "../../db/queries/set-inbox-aside.ts";

export interface SetAside extends InboxProblem {
  readonly tenantId: string;
}
