/**
 * The closed list of what can be wrong with an attempt, in words for the people who look at it: the cause,
 * and what to do. The same texts stand in the API documents.
 */

export interface ErrorClassText {
  readonly cause: string;
  readonly advice: string;
}

export const errorClasses = {
  dns_not_found: {
    cause: "The host name of the endpoint's URL has no address.",
    advice: "Check the URL for a typing mistake and that the domain's DNS records exist.",
  },
  dns_timeout: {
    cause: "The name servers of the endpoint's domain gave no usable answer in time.",
    advice: "Check that the domain's name servers are up and answer for this name.",
  },
  connect_refused: {
    cause: "The receiver's machine refused the connection, or no route leads to it.",
    advice: "Check that the receiver runs, listens on the URL's port, and that its firewall lets this server in.",
  },
  connect_timeout: {
    cause: "No connection to the receiver was made in time.",
    advice: "Check that the receiver is up and that no firewall drops its packets silently.",
  },
  tls_expired: {
    cause: "The receiver's TLS certificate is expired or not valid yet.",
    advice: "Renew the certificate, and check the clock of the receiver.",
  },
  tls_name: {
    cause: "The receiver's TLS certificate was issued for another name than the URL's.",
    advice: "Install a certificate that names the URL's host, or correct the URL.",
  },
  tls_chain: {
    cause: "The receiver's TLS certificate does not lead to an authority that is trusted.",
    advice: "Serve the full chain with all intermediate certificates, from a public authority.",
  },
  headers_timeout: {
    cause: "The receiver took the request but sent no complete answer header in time.",
    advice: "Answer first and do the work afterwards, or raise the endpoint's timeout.",
  },
  body_timeout: {
    cause: "The receiver began to answer but did not finish in time.",
    advice: "Send a short answer and end it; the body of the answer is not needed.",
  },
  connection_reset: {
    cause: "The receiver closed the connection before its answer was complete.",
    advice: "Look for crashes, restarts and proxy limits on the receiver at the time of the attempt.",
  },
  http_redirect: {
    cause: "The receiver answered with a redirect, which is never followed.",
    advice: "Set the endpoint's URL to the final address.",
  },
  http_gone: {
    cause: "The receiver answered 410 Gone: it does not want these deliveries any more.",
    advice: "Remove the endpoint, or restore the receiver and enable the endpoint again.",
  },
  http_rate_limited: {
    cause: "The receiver answered 429 Too Many Requests.",
    advice: "Lower the endpoint's rate limit, or allow this server more requests.",
  },
  http_client_error: {
    cause: "The receiver refused the request with a 4xx status.",
    advice: "Read the recorded answer: the path, authentication or signature check of the receiver refused it.",
  },
  http_server_error: {
    cause: "The receiver failed with a 5xx status.",
    advice: "Look into the receiver's own logs at the time of the attempt.",
  },
  http_gateway: {
    cause: "A proxy in front of the receiver answered 502, 503 or 504.",
    advice: "Check that the application behind the proxy runs and answers the proxy in time.",
  },
  response_invalid: {
    cause: "What the receiver sent is not a valid answer of HTTP/1.1 or TLS, or its headers are too large.",
    advice: "Check that the URL's scheme and port belong to a web server, and keep answer headers below 16 KiB.",
  },
  blocked_address: {
    cause: "The endpoint's URL leads to an address that no request may leave for, so none was sent.",
    advice: "Use a public address; an operator can open private ranges with POSTHORN_EGRESS_ALLOW.",
  },
  key_unavailable: {
    cause: "The key that encrypts this endpoint's secrets is not configured, so nothing could be signed.",
    advice: "Restore the missing key in POSTHORN_ENCRYPTION_KEYS; the receiver has no part in this.",
  },
  payload_key_missing: {
    cause: "The endpoint's payloads are to be encrypted and there is no usable public key for it, so nothing was sent.",
    advice: "Set the workspace's public key, or switch encryption off; the receiver has no part in this.",
  },
  internal_error: {
    cause: "This server could not make the request; the receiver has no part in it.",
    advice: "Read the attempt's detail, and report it to the operator of this server.",
  },
} as const satisfies Record<string, ErrorClassText>;

export type ErrorClass = keyof typeof errorClasses;
