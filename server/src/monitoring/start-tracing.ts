/**
 * OpenTelemetry, where an exporter is configured: OTLP over HTTP, in batches, beside the work. The SDK is loaded here
 * and nowhere else, so a server that does not trace never has it. A receiver of traces that is away costs log lines:
 * what cannot be sent is dropped beyond a bounded queue.
 */
import { diag, DiagLogLevel } from "@opentelemetry/api";
import type { Logger } from "pino";

import { type TracedPipeline, tracePipeline } from "./trace-pipeline.ts";

export interface Tracing extends TracedPipeline, AsyncDisposable {}

const QUEUE_SPANS = 8_192;
const BATCH_SPANS = 512;
const EVERY_MS = 1_000;
/** A stop does not wait longer for a receiver that hangs. */
const EXPORT_TIMEOUT_MS = 5_000;

/** Resolves to null where nothing is traced. Headers and compression by the SDK's own variables (`OTEL_…`). */
export async function startTracing({
  traces,
  version,
  log,
  nowMs,
}: {
  readonly traces: {
    /** Takes OTLP traces. */
    readonly url: string;
    readonly serviceName: string;
    /** The part of new traces that is kept, 0 to 1; what a publisher decided stands. */
    readonly ratio: number;
  } | null;
  readonly version: string;
  readonly log: Logger;
  readonly nowMs: () => number;
}): Promise<Tracing | null> {
  if (traces === null) return null;
  const [
    { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider },
    { OTLPTraceExporter },
    resources,
  ] = await Promise.all([
    import("@opentelemetry/sdk-trace"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/resources"),
  ]);
  const warn = (message: string): void => log.warn({ message }, "sending traces");
  const silent = (): void => {};
  diag.setLogger({ error: warn, warn, info: silent, debug: silent, verbose: silent }, DiagLogLevel.WARN);
  const detected = resources.detectResources({ detectors: [resources.envDetector] });
  const own = resources.resourceFromAttributes({
    "service.name": traces.serviceName,
    "service.version": version,
    "process.pid": process.pid,
  });
  const provider = new TracerProvider({
    resource: resources.defaultResource().merge(detected).merge(own),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(traces.ratio) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: traces.url, timeoutMillis: EXPORT_TIMEOUT_MS }),
        maxQueueSize: QUEUE_SPANS,
        maxExportBatchSize: BATCH_SPANS,
        scheduledDelayMillis: EVERY_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  return {
    ...tracePipeline(provider.getTracer("posthorn", version), nowMs),
    async [Symbol.asyncDispose]() {
      await provider.shutdown().catch((error: unknown) => warn(`sending the last traces: ${String(error)}`));
      diag.disable();
    },
  };
}
