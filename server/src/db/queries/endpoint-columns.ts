/** The columns of an endpoint that may leave the database; what is sealed is only said to be there. */

export interface EndpointRow {
  readonly id: string;
  readonly number: number;
  readonly tenant_id: string;
  readonly url: string;
  readonly has_credentials: boolean;
  readonly description: string;
  readonly status: "active" | "paused" | "disabled";
  readonly status_reason: "manual" | "failing" | "gone" | "held" | null;
  readonly event_types: readonly string[] | null;
  readonly event_types_added_at: readonly Date[] | null;
  readonly channels: readonly string[] | null;
  readonly profile: "standard" | "selfcommunity" | "velt" | "thesignup";
  readonly envelope: "wrapped" | "none";
  readonly signature: "hmac" | "ed25519";
  readonly header_names: readonly string[];
  readonly rate_limit_per_second: number | null;
  readonly max_in_flight: number | null;
  readonly timeout_ms: number | null;
  readonly retry_waits: readonly number[] | null;
  readonly verify_tls: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly uid: string | null;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** For `select` and `returning` where the table goes by its own name. */
export const ENDPOINT_COLUMNS = `endpoints.id, endpoints.number, endpoints.tenant_id, endpoints.url,
      endpoints.credentials is not null as has_credentials, endpoints.description, endpoints.status,
      endpoints.status_reason, endpoints.event_types, endpoints.event_types_added_at, endpoints.channels,
      endpoints.profile, endpoints.envelope, endpoints.signature, endpoints.header_names, endpoints.rate_limit_per_second,
      endpoints.max_in_flight, endpoints.timeout_ms, endpoints.retry_waits, endpoints.verify_tls, endpoints.metadata,
      endpoints.uid, endpoints.version, endpoints.created_at, endpoints.updated_at`;
