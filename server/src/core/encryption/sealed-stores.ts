/** Every place where sealed values stand. A test holds it to the tables that have an encryption_key_id. */
import { sealedDialectTokens } from "../dialects/sealed-dialect-tokens.ts";
import { sealedDialectSecrets } from "../dialects/sealed-dialect-secrets.ts";
import { sealedEndpointParts } from "../endpoints/sealed-endpoint-parts.ts";
import { sealedAnswers } from "../idempotency/sealed-answers.ts";
import { sealedSecrets } from "../secrets/sealed-secrets.ts";
import type { SealedStore } from "./sealed-store.ts";

export const SEALED_STORES: readonly SealedStore[] = [
  sealedSecrets,
  sealedEndpointParts,
  sealedDialectSecrets,
  sealedDialectTokens,
  sealedAnswers,
];
