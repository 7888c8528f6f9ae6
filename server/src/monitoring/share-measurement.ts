/**
 * A measurement that many may ask for and few pay for: whoever asks while it is under way shares it, and its result
 * stands for a while. Nobody waits longer than they said; a database that hangs is asked once, not by every probe.
 */

export interface SharedMeasurement<T> {
  /** Resolves to null when there is no result after `waitMs`. Rejects with what the measurement threw. */
  read(options: { readonly waitMs: number }): Promise<T | null>;
}

export function shareMeasurement<T extends object>(options: {
  readonly standsForMs: number;
  readonly nowMs: () => number;
  readonly measure: () => Promise<T>;
}): SharedMeasurement<T> {
  let last: { readonly result: T; readonly endedAtMs: number } | null = null;
  let underWay: Promise<T> | null = null;

  const measure = async (): Promise<T> => {
    try {
      const result = await options.measure();
      last = { result, endedAtMs: options.nowMs() };
      return result;
    } finally {
      underWay = null;
    }
  };

  /** A clock that was set back makes nothing stand longer. */
  const stands = (endedAtMs: number): boolean => {
    const ageMs = options.nowMs() - endedAtMs;
    return ageMs >= 0 && ageMs < options.standsForMs;
  };

  return {
    async read({ waitMs }) {
      if (last !== null && stands(last.endedAtMs)) return last.result;
      underWay ??= measure();
      // Whoever gave up waiting leaves nobody to hear of a failure.
      underWay.catch(() => {});
      return within(waitMs, underWay);
    },
  };
}

async function within<T>(waitMs: number, work: Promise<T>): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), waitMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
