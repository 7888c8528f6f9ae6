/** What the parts of the server tell whoever watches them; metrics and logs are two watchers. */
import type { MaintenanceObserver } from "../maintenance/start-maintenance.ts";
import type { EngineObserver } from "../pipeline/engine-observer.ts";
import type { AnsweredPublish } from "../pipeline/publish/answered-publish.ts";

export interface Watcher extends EngineObserver, MaintenanceObserver {
  readonly answered?: ((answered: AnsweredPublish) => void) | undefined;
}

/**
 * One watcher that tells them all. What none of them watches stays undefined, so that it costs nothing; a call that is
 * forgotten here does not compile.
 */
export function joinWatchers(watchers: readonly Watcher[]): Watcher {
  return {
    stored: tellAll(watchers.map((watcher) => watcher.stored)),
    leased: tellAll(watchers.map((watcher) => watcher.leased)),
    attempted: tellAll(watchers.map((watcher) => watcher.attempted)),
    setAside: tellAll(watchers.map((watcher) => watcher.setAside)),
    recorded: tellAll(watchers.map((watcher) => watcher.recorded)),
    endpointJudged: tellAll(watchers.map((watcher) => watcher.endpointJudged)),
    rescued: tellAll(watchers.map((watcher) => watcher.rescued)),
    recovered: tellAll(watchers.map((watcher) => watcher.recovered)),
    mended: tellAll(watchers.map((watcher) => watcher.mended)),
    partitionsMade: tellAll(watchers.map((watcher) => watcher.partitionsMade)),
    partitionsDropped: tellAll(watchers.map((watcher) => watcher.partitionsDropped)),
    auditHeads: tellAll(watchers.map((watcher) => watcher.auditHeads)),
    answered: tellAll(watchers.map((watcher) => watcher.answered)),
  } satisfies { readonly [Name in keyof Required<Watcher>]: Watcher[Name] };
}

type Call<Told extends unknown[]> = (...told: Told) => void;

function tellAll<Told extends unknown[]>(calls: readonly (Call<Told> | undefined)[]): Call<Told> | undefined {
  const wanted = calls.filter((call) => call !== undefined);
  const [first] = wanted;
  if (wanted.length <= 1) return first;
  return (...told) => {
    for (const call of wanted) call(...told);
  };
}
