/**
 * How actors and subjects are named on the wire. The core names them by kind and key (`endpoint:<uuid>`,
 * `delivery:<number>`, `event_type:<name>`); here the key is the public id.
 */
import type { AuditSubjectKind } from "../../../core/audit/audit-row.ts";
import {
  fromNumberId,
  fromUuidId,
  type NumberPrefix,
  toNumberId,
  toUuidId,
  type UuidPrefix,
} from "../../../core/ids/public-id.ts";

type KeyForm =
  | { readonly kind: "uuid"; readonly prefix: UuidPrefix }
  | { readonly kind: "number"; readonly prefix: NumberPrefix }
  | { readonly kind: "text" };

const FORMS: Readonly<Record<AuditSubjectKind, KeyForm>> = {
  tenant: { kind: "uuid", prefix: "ten" },
  api_key: { kind: "uuid", prefix: "key" },
  user: { kind: "uuid", prefix: "usr" },
  event_type: { kind: "text" },
  dialect: { kind: "text" },
  profile: { kind: "text" },
  endpoint: { kind: "uuid", prefix: "ep" },
  event: { kind: "number", prefix: "evt" },
  delivery: { kind: "number", prefix: "dlv" },
  recovery: { kind: "uuid", prefix: "rec" },
};
/** Actors that have no key. */
const ALONE: ReadonlySet<string> = new Set(["root", "anonymous"]);

/** `endpoint:ep_…` for `endpoint:<uuid>`; what is unknown stays as it is. */
export function toNameText(name: string): string {
  const { kind, key, form } = split(name);
  if (form === undefined) return name;
  switch (form.kind) {
    case "uuid":
      return `${kind}:${toUuidId(form.prefix, key)}`;
    case "number":
      return `${kind}:${toNumberId(form.prefix, Number(key))}`;
    case "text":
      return name;
  }
}

/** What the core calls `endpoint:ep_…`; null when the text names nothing that can be in the log. */
export function fromNameText(text: string): string | null {
  if (ALONE.has(text)) return text;
  const { kind, key, form } = split(text);
  if (form === undefined) return null;
  switch (form.kind) {
    case "uuid":
      return named(kind, fromUuidId(form.prefix, key));
    case "number":
      return named(kind, fromNumberId(form.prefix, key));
    case "text":
      return text;
  }
}

function named(kind: string, key: string | number | null): string | null {
  return key === null ? null : `${kind}:${key}`;
}

function split(name: string): { readonly kind: string; readonly key: string; readonly form: KeyForm | undefined } {
  const colon = name.indexOf(":");
  const kind = name.slice(0, Math.max(colon, 0));
  return { kind, key: name.slice(colon + 1), form: isSubjectKind(kind) ? FORMS[kind] : undefined };
}

function isSubjectKind(kind: string): kind is AuditSubjectKind {
  return Object.hasOwn(FORMS, kind);
}
