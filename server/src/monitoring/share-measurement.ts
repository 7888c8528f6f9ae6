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
  readonly measure: () => Promise<T>;
}): SharedMeasurement<T> {
  let last: { readonly result: T; readonly endedAt: number } | null = null;
  let underWay: Promise<T> | null = null;

  const measure = async (): Promise<T> => {
    try {
      const result = await options.measure();
      last = { result, endedAt: performance.now() };
      return result;
    } finally {
      underWay = null;
    }
  };

  return {
    async read({ waitMs }) {
      if (last !== null && performance.now() - last.endedAt < options.standsForMs) return last.result;
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
