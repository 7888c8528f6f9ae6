/** A program that logs in on a device, and the person who approves it in a browser without scripts. */

export interface DeviceAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; the empty text where there is none. Typed loosely: tests are what checks it. */
  // oxlint-disable-next-line no-explicit-any
  readonly body: any;
}

export interface PageAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly page: string;
  /** What the form of the decision carries; the empty text where there is none. */
  readonly proof: string;
}

export interface Person {
  readonly tenant: string;
  readonly email: string;
  readonly password: string;
}

export interface Begun {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
}

export type Program = ReturnType<typeof programOf>;

const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

export function programOf({
  baseUrl,
  clientId,
  address,
  onAnswer,
}: {
  readonly baseUrl: string;
  readonly clientId: string;
  /** Told to the server, which trusts its proxies. */
  readonly address?: string;
  readonly onAnswer?: (answer: { readonly method: string; readonly path: string; readonly status: number }) => void;
}) {
  const send = async (path: string, fields: Readonly<Record<string, string>>): Promise<Response> => {
    const response = await fetch(new URL(path, baseUrl), {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams(fields),
      headers: address === undefined ? {} : { "x-forwarded-for": address },
    });
    onAnswer?.({ method: "POST", path, status: response.status });
    return response;
  };
  const post = async (path: string, fields: Readonly<Record<string, string>>): Promise<DeviceAnswer> => {
    const { status, headers, text } = await send(path, fields).then(read);
    return { status, headers, text, body: text === "" ? "" : JSON.parse(text) };
  };
  const page = async (path: string, fields: Readonly<Record<string, string>>): Promise<PageAnswer> => {
    const { status, headers, text } = await send(path, fields).then(read);
    return { status, headers, page: text, proof: /name="proof" value="([^"]*)"/.exec(text)?.[1] ?? "" };
  };
  const tryBegin = (scope?: string) =>
    post("/oauth/device_authorization", { client_id: clientId, ...(scope === undefined ? {} : { scope }) });
  const open = (userCode: string, person: Person) => page("/device", { user_code: userCode, ...person });
  const decide = (proof: string, decision: "approve" | "deny") => page("/device/decision", { proof, decision });
  return {
    post,
    page,
    tryBegin,
    open,
    decide,
    async begin(scope?: string): Promise<Begun> {
      const { status, body, text } = await tryBegin(scope);
      if (status !== 200) throw new Error(`a login did not begin: ${text}`);
      return body as Begun;
    },
    /** Both forms; resolves to the last page. */
    async approve(userCode: string, person: Person): Promise<PageAnswer> {
      return decide((await open(userCode, person)).proof, "approve");
    },
    poll: (deviceCode: string) =>
      post("/oauth/token", { grant_type: DEVICE_GRANT, device_code: deviceCode, client_id: clientId }),
    refresh: (refreshToken: string) =>
      post("/oauth/token", { grant_type: "refresh_token", refresh_token: refreshToken, client_id: clientId }),
    revoke: (token: string) => post("/oauth/revoke", { token, client_id: clientId }),
  };
}

async function read(response: Response) {
  return { status: response.status, headers: response.headers, text: await response.text() };
}
