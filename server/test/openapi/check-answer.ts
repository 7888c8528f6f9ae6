/**
 * Holds a real answer against the server's own OpenAPI document: its status must be declared for the route, its content
 * type and body must be what that status declares, a status without content must have none. `default` stands for faults
 * of ours and never excuses an answer.
 */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

export interface ApiRecord {
  /** `GET /v1/tenants/{t}`. */
  readonly route: string;
  readonly status: number;
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly requestBody?: { readonly required?: boolean };
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, object>> }>>;
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: object;
}

interface CheckedDocument {
  readonly document: OpenApiDocument;
  readonly routes: readonly { method: string; path: string; pattern: RegExp; operation: OpenApiOperation }[];
  readonly ajv: Ajv2020;
}

const DOCUMENT_PATH = "/v1/openapi.json";
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const documents = new Map<string, Promise<CheckedDocument>>();

/**
 * What was answered to which declared route, or null when the path is declared nowhere. Throws an Error that names the
 * route, the status and the mistakes.
 */
export async function checkAnswer({
  baseUrl,
  method,
  path,
  answer,
}: {
  readonly baseUrl: string;
  readonly method: string;
  readonly path: string;
  readonly answer: {
    readonly status: number;
    readonly headers: Headers;
    readonly text: string;
    readonly body: unknown;
  };
}): Promise<ApiRecord | null> {
  const { routes, ajv } = await loadDocument(baseUrl);
  const pathname = new URL(path, baseUrl).pathname;
  const route = routes.find((candidate) => candidate.method === method && candidate.pattern.test(pathname));
  if (route === undefined) return null;

  const name = `${method} ${route.path}`;
  const declared = route.operation.responses[String(answer.status)];
  const shown = answer.text.slice(0, 1000);
  if (declared === undefined) throw new Error(`${name} answered the undeclared status ${answer.status}: ${shown}`);
  if (answer.headers.get("x-request-id") === null) throw new Error(`${name} answered without x-request-id`);

  const contentTypes = Object.keys(declared.content ?? {});
  if (contentTypes.length === 0) {
    if (answer.text !== "") throw new Error(`${name} ${answer.status} declares no body and had one: ${shown}`);
    return { route: name, status: answer.status };
  }
  const contentType = (answer.headers.get("content-type") ?? "").split(";")[0] ?? "";
  if (!contentTypes.includes(contentType)) {
    throw new Error(`${name} ${answer.status} is declared as ${contentTypes.join(", ")}, not ${contentType}`);
  }
  const validate = validatorOf(ajv, [route.path, method.toLowerCase(), String(answer.status), contentType]);
  if (!validate(answer.body)) {
    throw new Error(
      `${name} ${answer.status} has another body than declared: ${ajv.errorsText(validate.errors)}: ${shown}`,
    );
  }
  return { route: name, status: answer.status };
}

/** The document that the server at `baseUrl` shows, fetched once in a process. */
export function loadDocument(baseUrl: string): Promise<CheckedDocument> {
  const known = documents.get(baseUrl) ?? fetchDocument(baseUrl);
  documents.set(baseUrl, known);
  return known;
}

async function fetchDocument(baseUrl: string): Promise<CheckedDocument> {
  const response = await fetch(new URL(DOCUMENT_PATH, baseUrl));
  const document = (await response.json()) as OpenApiDocument;
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { "date-time": ISO_TIME } });
  ajv.addSchema(document, DOCUMENT_PATH);
  const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      pattern: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{[^}]+\}/g, "[^/]+")}$`),
      operation,
    })),
  );
  // A literal step such as /batch wins over a parameter.
  routes.sort((one, other) => one.path.split("{").length - other.path.split("{").length);
  return { document, routes, ajv };
}

function validatorOf(ajv: Ajv2020, [path, method, status, contentType]: [string, string, string, string]) {
  const steps = ["paths", path, method, "responses", status, "content", contentType, "schema"];
  const pointer = steps.map((step) => encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
  const validate: ValidateFunction | undefined = ajv.getSchema(`${DOCUMENT_PATH}#/${pointer}`);
  if (validate === undefined) throw new Error(`the document has no schema at ${pointer}`);
  return validate;
}
