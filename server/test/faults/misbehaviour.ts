/** The ways in which the receivers of the fault tests go wrong, and what must be recorded of each. */
import {
  createCertificateAuthority,
  type IssuedCertificate,
  selfSignCertificate,
} from "../../../devkit/receivers/make-certificate.ts";
import * as misbehave from "../../../devkit/receivers/misbehaviours.ts";
import type { Reaction } from "../../../devkit/receivers/start-receiver.ts";

export interface Misbehaviour {
  readonly name: string;
  readonly about: string;
  readonly react?: Reaction;
  /** Of an HTTPS receiver; `trusted` signs for an authority that the server trusts. */
  readonly certify?: (trusted: ReturnType<typeof createCertificateAuthority>) => IssuedCertificate;
  /** The class of its attempts; null where they are accepted all the same. */
  readonly class: string | null;
}

const HOST = "127.0.0.1";
const HOUR_MS = 3_600_000;

export const misbehaviours: readonly Misbehaviour[] = [
  { name: "hangs", about: "takes the request and says nothing", react: misbehave.hang, class: "headers_timeout" },
  { name: "resets", about: "resets the connection", react: misbehave.reset, class: "connection_reset" },
  { name: "closes", about: "closes without an answer", react: misbehave.close, class: "connection_reset" },
  { name: "stalls", about: "stalls in the middle of its answer", react: misbehave.stallInBody, class: "body_timeout" },
  { name: "drips", about: "sends its answer byte by byte, for ever", react: misbehave.drip, class: "body_timeout" },
  { name: "endless-body", about: "sends a body without an end", react: misbehave.endlessBody, class: null },
  {
    name: "endless-headers",
    about: "sends headers without an end",
    react: misbehave.endlessHeaders,
    class: "response_invalid",
  },
  {
    name: "endless-interim",
    about: "sends 1xx answers without an end",
    react: misbehave.endlessInterimAnswers,
    class: "response_invalid",
  },
  { name: "gzip-bomb", about: "answers with a gzip bomb of 64 MiB", react: misbehave.gzipBomb, class: null },
  { name: "invalid-http", about: "does not speak HTTP", react: misbehave.invalidHttp, class: "response_invalid" },
  {
    name: "wrong-certificate",
    about: "shows a certificate for another name",
    certify: (trusted) => trusted.issue({ names: ["other.test"] }),
    class: "tls_name",
  },
  {
    name: "expired-certificate",
    about: "shows a certificate that is over",
    certify: (trusted) => trusted.issue({ names: [HOST], notAfter: new Date(Date.now() - HOUR_MS) }),
    class: "tls_expired",
  },
  {
    name: "self-signed-certificate",
    about: "shows a certificate that it signed itself",
    certify: () => selfSignCertificate({ names: [HOST] }),
    class: "tls_chain",
  },
  {
    name: "unknown-authority",
    about: "shows a certificate of an authority that nobody knows",
    certify: () => createCertificateAuthority("Nobody").issue({ names: [HOST] }),
    class: "tls_chain",
  },
];
