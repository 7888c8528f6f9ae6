/**
 * The client of every test that speaks to the native API. It checks each answer it gets against the server's own
 * OpenAPI document, so that a wrong shape or an undeclared status fails in the test that met it.
 */
import { type ApiRecord, checkAnswer } from "../openapi/check-answer.ts";

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The exact bytes, as text. */
  readonly text: string;
  /** The parsed body, or undefined when it is not JSON. Typed loosely: the document is what checks it. */
  // oxlint-disable-next-line no-explicit-any
  readonly body: any;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string;
  /** Sent as they are, instead of a JSON value. */
  readonly bytes?: string | Uint8Array<ArrayBuffer>;
}

export interface ApiClient {
  readonly baseUrl: string;
  get(path: string, options?: RequestOptions): Promise<ApiAnswer>;
  post(path: string, body?: unknown, options?: RequestOptions): Promise<ApiAnswer>;
  put(path: string, body?: unknown, options?: RequestOptions): Promise<ApiAnswer>;
  patch(path: string, body?: unknown, options?: RequestOptions): Promise<ApiAnswer>;
  delete(path: string, options?: RequestOptions): Promise<ApiAnswer>;
  request(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<ApiAnswer>;
}

/** `token` null sends no credentials; `onRecord` is told of each answer to a declared route. */
export function createApiClient({
  baseUrl,
  token,
  onRecord,
}: {
  readonly baseUrl: string;
  readonly token: string | null;
  readonly onRecord?: ((record: ApiRecord) => void) | undefined;
}): ApiClient {
  async function request(
    method: string,
    path: string,
    body?: unknown,
    options: RequestOptions = {},
  ): Promise<ApiAnswer> {
    const payload = options.bytes ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(new URL(path, baseUrl), {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(payload === undefined ? {} : { "content-type": "application/json" }),
        ...(options.idempotencyKey === undefined ? {} : { "idempotency-key": options.idempotencyKey }),
        ...options.headers,
      },
      ...(payload === undefined ? {} : { body: payload }),
    });
    const contentType = response.headers.get("content-type") ?? "";
    const isStream = contentType === "text/event-stream";
    const text = isStream ? await readFirst(response) : await response.text();
    const isJson = /[/+]json\b/.test(contentType);
    const answer = {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson && text !== "" ? JSON.parse(text) : isStream ? text : undefined,
    };
    const record = await checkAnswer({ baseUrl, method, path, answer });
    if (record !== null) onRecord?.(record);
    return answer;
  }
  return {
    baseUrl,
    request,
    get: (path, options) => request("GET", path, undefined, options),
    post: (path, body, options) => request("POST", path, body, options),
    put: (path, body, options) => request("PUT", path, body, options),
    patch: (path, body, options) => request("PATCH", path, body, options),
    delete: (path, options) => request("DELETE", path, undefined, options),
  };
}

/** What a stream says first. It never ends by itself: the rest is not waited for. */
async function readFirst(response: Response): Promise<string> {
  for await (const chunk of response.body ?? []) return Buffer.from(chunk).toString();
  return "";
}
