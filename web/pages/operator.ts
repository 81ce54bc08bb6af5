// The operators' page: first set-up, sign-in, then the console.

import { call, Refused, reason } from "./lib/api";
import { element, show } from "./lib/dom";
import type { Operator } from "./lib/types";
import { Console } from "./operator/console";
import { setUpForm, signInForm } from "./operator/entrance";

async function open(): Promise<void> {
  if (location.pathname === "/setup") {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    show(setUpForm(token, () => location.replace("/")));
    return;
  }
  try {
    enter(await call<Operator>("/me"));
  } catch (error) {
    if (error instanceof Refused && error.problem.status === 401) {
      await askWho();
    } else {
      const again = element("button", { type: "button", onclick: () => void open() }, "Try again");
      show(element("main", { className: "card" }, element("h1", {}, "Trunkline"), element("p", { className: "error" }, reason(error)), again));
    }
  }
}

async function askWho(): Promise<void> {
  const { open: notSetUp } = await call<{ open: boolean }>("/setup").catch(() => ({ open: false }));
  show(signInForm(notSetUp, enter));
}

function enter(operator: Operator): void {
  new Console(operator).start();
  void warnOfDemo();
}

/** Nobody should take the demo's customers for people. */
async function warnOfDemo(): Promise<void> {
  const { demo } = await call<{ demo: boolean }>("/setup").catch(() => ({ demo: false }));
  if (!demo || document.querySelector(".demo")) return;
  const phones = element("a", { href: "/demo", target: "_blank" }, "Be the customer");
  const told = "Demo: these customers are made up, and everything is forgotten when it stops. ";
  document.body.prepend(element("p", { className: "demo", role: "note" }, told, phones));
}

void open();
