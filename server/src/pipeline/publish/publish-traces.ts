/** What the publish stage knows of tracing: a publish begins a trace or goes on with its caller's, and ends. */
export interface PublishTraces {
  /** `parent`: the caller's `traceparent` header, as it came. */
  begin(parent: string | undefined): PublishTrace;
}

export interface PublishTrace {
  /** Goes with the event, to whichever node delivers it. */
  readonly traceparent: string;
  /** The status that was answered. */
  end(status: number): void;
}
