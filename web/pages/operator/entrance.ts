// The forms before the console: who becomes the first administrator, and who signs in.

import { call, reason } from "../lib/api";
import { element, field } from "../lib/dom";
import type { Operator } from "../lib/types";

const PASSWORD_MIN = 10;

/** `token` comes in the fragment of the one-time link, which browsers send to no server. */
export function setUpForm(token: string | null, done: () => void): HTMLElement {
  if (!token) {
    const hint = "Open the set-up link exactly as the daemon printed it: the part after # is missing.";
    return card("Set up Trunkline", element("p", { className: "error" }, hint));
  }
  const form = element(
    "form",
    {},
    element("p", {}, "You become the first administrator."),
    field("Your name", { name: "name", required: true, maxLength: 200, autocomplete: "name" }),
    field("Email", { name: "email", type: "email", required: true, autocomplete: "username" }),
    field(`Password, at least ${PASSWORD_MIN} characters`, {
      name: "password",
      type: "password",
      required: true,
      minLength: PASSWORD_MIN,
      autocomplete: "new-password",
    }),
    element("button", { type: "submit" }, "Create administrator"),
  );
  onSubmit(form, async (values) => {
    await call("/setup", { body: { token, ...values } });
    done();
  });
  return card("Set up Trunkline", form);
}

/** `notSetUp` adds the hint that nobody can sign in yet. */
export function signInForm(notSetUp: boolean, done: (operator: Operator) => void): HTMLElement {
  const form = element(
    "form",
    {},
    notSetUp && element("p", {}, "Nobody is set up yet. Open the one-time link that the daemon printed when it started."),
    field("Email", { name: "email", type: "email", required: true, autocomplete: "username" }),
    field("Password", { name: "password", type: "password", required: true, autocomplete: "current-password" }),
    element("button", { type: "submit" }, "Sign in"),
  );
  onSubmit(form, async (values) => {
    const { operator } = await call<{ operator: Operator }>("/sessions", { body: values });
    done(operator);
  });
  return card("Sign in", form);
}

function card(title: string, ...content: HTMLElement[]): HTMLElement {
  return element("main", { className: "card" }, element("h1", {}, title), ...content);
}

function onSubmit(form: HTMLFormElement, send: (values: Record<string, string>) => Promise<void>): void {
  const error = element("p", { className: "error", attributes: { role: "alert" } });
  const button = form.querySelector("button");
  form.append(error);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.textContent = "";
    if (button) button.disabled = true;
    const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    try {
      await send(values);
    } catch (problem) {
      error.textContent = reason(problem);
    } finally {
      if (button) button.disabled = false;
    }
  });
}
