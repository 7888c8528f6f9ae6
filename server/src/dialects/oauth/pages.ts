/**
 * The pages of a device login as HTML: no script, nothing from elsewhere, and whatever a person or a program wrote is
 * text (`html` escapes it). The one style is allowed by its hash.
 */
import { createHash } from "node:crypto";

import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

import type { OpenedDeviceLogin } from "../../core/device-logins/open-device-login.ts";

type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

const STYLE = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:26rem;margin:3rem auto;padding:0 1rem}
h1{font-size:1.4rem}
label{display:block;margin:.8rem 0}
input{display:block;box-sizing:border-box;width:100%;padding:.5rem;font:inherit}
code{font:1.3rem/1.5 ui-monospace,monospace;letter-spacing:.1em}
button{padding:.6rem 1.4rem;margin:.8rem .8rem 0 0;font:inherit}
dt{font-weight:600}
dd{margin:0 0 .6rem}
.mistake{border-left:.3rem solid #c33;padding-left:.8rem}
`;

/** In one piece: a space more, and the hash is another. */
const STYLE_ELEMENT = raw(`<style>${STYLE}</style>`);

/** Nothing may run, be loaded, be framed, or be sent elsewhere. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'none'",
    `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; "),
  "x-frame-options": "DENY",
};

export interface CodeForm {
  readonly userCode: string;
  readonly tenant: string;
  readonly email: string;
  /** What was wrong with the form before; null at first. */
  readonly mistake: string | null;
}

/** Asks for the code and for a login. The password is never sent back. */
export function codePage({ userCode, tenant, email, mistake }: CodeForm): Html {
  return page(
    "Log in a device",
    html`<p>
        A program on another device shows a code and asks for access in your name. Go on only if you started it
        yourself, and never with a code that somebody sent you.
      </p>
      ${mistake === null ? "" : html`<p class="mistake" role="alert">${mistake}</p>`}
      <form method="post" action="device">
        <label
          >Code
          <input
            name="user_code"
            value="${userCode}"
            required
            maxlength="32"
            autocomplete="off"
            autocapitalize="characters"
            spellcheck="false"
        /></label>
        <label
          >Organisation
          <input
            name="tenant"
            value="${tenant}"
            required
            maxlength="256"
            autocomplete="organization"
            spellcheck="false"
        /></label>
        <label
          >E-mail address
          <input name="email" type="email" value="${email}" required maxlength="254" autocomplete="username"
        /></label>
        <label
          >Password <input name="password" type="password" required maxlength="1024" autocomplete="current-password"
        /></label>
        <button>Go on</button>
      </form>`,
  );
}

/** Shows what is asked, and asks for the decision. */
export function decisionPage(login: OpenedDeviceLogin): Html {
  const { given, asked } = login;
  const withheld = asked.filter((name) => !given.includes(name));
  return page(
    "Approve this login?",
    html`<p>
        You are ${login.email} in the organisation ${login.tenant}. Compare the code with the one that your device
        shows:
      </p>
      <p><code>${login.userCode}</code></p>
      <dl>
        <dt>Who asks</dt>
        <dd>${login.clientName}, at the address ${login.address ?? "unknown"}</dd>
        <dt>Since</dt>
        <dd>${login.createdAt.toISOString()}</dd>
        <dt>It would get</dt>
        <dd>
          ${given.length === 0 ? "nothing: you hold nothing of what it asks for here" : given.join(", ")}${login.isOffline && given.length > 0 ? ", also while you are away" : ""}
        </dd>
        ${
          withheld.length === 0 || given.length === 0
            ? ""
            : html`<dt>It would not get</dt>
                <dd>${withheld.join(", ")}, which you do not hold</dd>`
        }
      </dl>
      <p>If you did not start this login yourself a moment ago, deny it.</p>
      <form method="post" action="device/decision">
        <input type="hidden" name="proof" value="${login.proof}" />
        ${given.length === 0 ? "" : html`<button name="decision" value="approve">Approve</button>`}
        <button name="decision" value="deny">Deny</button>
      </form>`,
  );
}

export function lastPage({ title, text }: { readonly title: string; readonly text: string }): Html {
  return page(title, html`<p>${text}</p>`);
}

function page(title: string, content: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html> `;
}
