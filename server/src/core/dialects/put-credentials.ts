/**
 * The keys and tokens of a dialect that a tenant is named by: those that are given replace those that are there, and
 * what was never given is generated once. Part of the transaction that switches the dialect on.
 */
import type { Queryable } from "../../db/database.ts";
import { type DialectKeyKind, putDialectKey } from "../../db/queries/put-dialect-key.ts";
import { putDialectTokens } from "../../db/queries/put-dialect-tokens.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { CoreError } from "../errors/core-error.ts";
import type { AuthToken, DialectName, DialectSettings } from "./dialect.ts";
import { generateKey, generateToken, toTokenValues } from "./dialect-token.ts";

/** What was generated now, and is shown nowhere else; null where it was given, or is there already. */
export interface GeneratedTokens {
  readonly authToken: string | null;
  readonly workspaceAuthToken: string | null;
}

const DEFAULT_NAME = "Default Auth Token";

/** `isNew`: the dialect was off until now. Throws `already_exists` for a key that is another tenant's. */
export async function putCredentials(
  transaction: Queryable,
  options: {
    readonly tenantId: string;
    readonly dialect: DialectName;
    readonly isNew: boolean;
    readonly input: DialectSettings;
    readonly keyRing: KeyRing;
    readonly now: Date;
  },
): Promise<GeneratedTokens> {
  const { tenantId, dialect, isNew, input, keyRing, now } = options;
  const orNew = <Value>(given: Value | undefined, generate: () => Value): Value | null =>
    given ?? (isNew ? generate() : null);

  const putKey = async (kind: DialectKeyKind, key: string | null): Promise<void> => {
    if (key === null || (await putDialectKey(transaction, { tenantId, dialect, kind, key }))) return;
    throw new CoreError("already_exists", `The key ${key} is another tenant's.`);
  };
  const putTokens = async (kind: DialectKeyKind, tokens: readonly AuthToken[] | null): Promise<void> => {
    if (tokens === null) return;
    const values = tokens.map(({ token, name = DEFAULT_NAME }) => toTokenValues(keyRing, { token, name }));
    await putDialectTokens(transaction, { tenantId, dialect, kind, tokens: values, now });
  };

  await putKey(
    "api",
    orNew(input.apiKey, () => generateKey(dialect)),
  );
  await putKey(
    "workspace",
    orNew(input.workspaceId, () => generateKey("workspace")),
  );
  const authToken = isNew && input.authTokens === undefined ? generateToken() : null;
  await putTokens("api", input.authTokens ?? (authToken === null ? null : [{ token: authToken }]));
  const workspaceAuthToken = isNew && input.workspaceAuthToken === undefined ? generateToken() : null;
  const workspaceToken = input.workspaceAuthToken ?? workspaceAuthToken;
  await putTokens("workspace", workspaceToken === null ? null : [{ token: workspaceToken }]);
  return { authToken, workspaceAuthToken };
}
