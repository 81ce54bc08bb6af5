// Web push in a real browser. The services of the browsers' makers cannot be reached from a test: the browser subscribes with a
// service of the test's own, which reads what the daemon sends and hands it to the worker as the browser would.

import type { BrowserContext, CDPSession, Page, Worker } from "@playwright/test";
import { accept, message, open } from "./support/console";
import { PushService } from "./support/pushService";
import { ADMIN, expect, openShop, test as base, type Shop } from "./support/shop";

/** Whoever was active within half a minute is not told: they sit before the console. */
const AT_WORK_MS = 90_000;

interface Pushed {
  service: PushService;
  /** Hands the latest push to the worker, until the browser shows it; what it shows then. */
  deliver: () => Promise<Shown>;
}

const test = base.extend<{ pushed: Pushed }>({
  pushed: async ({ context, shop }, use) => {
    const service = await PushService.open();
    await shop.write(`[push]\ncontact = "mailto:ops@example.com"\ntrusted_services = ["${service.origin}"]\n`);
    await context.grantPermissions(["notifications"], { origin: shop.base });
    await context.exposeFunction("subscribeAtService", (sender: string) => service.subscribe(sender));
    await context.exposeFunction("unsubscribeAtService", (endpoint: string) => service.unsubscribe(endpoint));
    await context.addInitScript(useService);
    const cdp = await watcher(context);
    await use({ service, deliver: () => deliver(cdp, context, shop, service) });
    await service.close();
  },
});

/** In the page: the browser's own push service is replaced by the test's; what it keeps outlives the page, as there. */
function useService(): void {
  const KEY = "the browser's subscription";
  const outside = window as unknown as { subscribeAtService(sender: string): Promise<object>; unsubscribeAtService(endpoint: string): Promise<void> };
  const kept = () => {
    const json = JSON.parse(localStorage.getItem(KEY) ?? "null");
    const unsubscribe = async () => {
      localStorage.removeItem(KEY);
      await outside.unsubscribeAtService(json.endpoint);
      return true;
    };
    return json && { endpoint: json.endpoint, toJSON: () => json, unsubscribe };
  };
  if (!("PushManager" in window)) return;
  PushManager.prototype.getSubscription = async () => kept();
  PushManager.prototype.subscribe = async (options) => {
    if (!kept()) localStorage.setItem(KEY, JSON.stringify(await outside.subscribeAtService(String(options?.applicationServerKey))));
    return kept();
  };
}

/** Watches the browser's workers from a page that is not the console: that one may be closed. */
async function watcher(context: BrowserContext): Promise<CDPSession & { registration: string }> {
  const cdp = Object.assign(await context.newCDPSession(await context.newPage()), { registration: "" });
  cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
    for (const one of registrations) if (!one.isDeleted) cdp.registration = one.registrationId;
  });
  await cdp.send("ServiceWorker.enable");
  return cdp;
}

async function deliver(cdp: CDPSession & { registration: string }, context: BrowserContext, shop: Shop, service: PushService) {
  await expect.poll(() => service.told.length).toBeGreaterThan(0);
  await expect.poll(() => cdp.registration).not.toBe("");
  const data = service.told.at(-1)?.text ?? "";
  let now: Shown | undefined;
  // The browser lets a worker sleep that has had nothing to do for half a minute; the debugger may find it on its way to bed.
  await expect(async () => {
    await cdp.send("ServiceWorker.deliverPushMessage", { origin: shop.base, registrationId: cdp.registration, data });
    await expect.poll(async () => (now = (await shown(context)).find((one) => one.body === JSON.parse(data).body)), { timeout: 3_000 }).toBeDefined();
  }).toPass({ timeout: 30_000 });
  if (!now) throw new Error("nothing is shown");
  return now;
}

interface Shown {
  title: string;
  body: string;
  url: string;
}

const workerOf = (context: BrowserContext): Worker => {
  const worker = context.serviceWorkers().at(-1);
  if (!worker) throw new Error("no worker");
  return worker;
};

/** What the browser shows now. */
async function shown(context: BrowserContext): Promise<Shown[]> {
  return workerOf(context).evaluate(async () => {
    const scope = self as unknown as { registration: ServiceWorkerRegistration };
    return (await scope.registration.getNotifications()).map(({ title, body, data }) => ({ title, body, url: data.url }));
  });
}

async function signIn(page: Page, who: { email: string; password: string } = ADMIN): Promise<void> {
  await page.getByLabel("Email").fill(who.email);
  await page.getByLabel("Password").fill(who.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("navigation", { name: "Places" })).toBeVisible();
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: /Ann Admin/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
}

/** A fresh installation, and its administrator told in this browser. */
async function begin(page: Page, shop: Shop): Promise<void> {
  await openShop(page, shop);
  await page.goto(`${shop.base}/me/notifications`);
  const started = page.context().waitForEvent("serviceworker");
  await page.getByRole("button", { name: "Notify this browser" }).click();
  await expect(page.getByRole("list", { name: "Browsers that are notified" }).getByRole("listitem")).toContainText("this browser");
  await started;
}

const subscriptions = async (page: Page, shop: Shop): Promise<{ endpoint: string }[]> =>
  (await (await page.request.get(`${shop.base}/api/v1/me/push-subscriptions`)).json()).items;

test("a push that is asked for on trial is shown by the browser", async ({ page, shop, pushed }) => {
  await begin(page, shop);
  await expect(page.getByRole("group", { name: "A push notification for" }).getByLabel("Mine and the queue")).toBeChecked();
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await expect(page.getByText("A notification was sent.").first()).toBeVisible();
  expect(await pushed.deliver()).toMatchObject({ url: "/" });
});

test("what a customer writes is told while the console is closed, and a click opens it", async ({ page, shop, pushed, browser }) => {
  test.setTimeout(AT_WORK_MS + 90_000);
  await begin(page, shop);
  const visitor = await (await browser.newContext()).newPage();
  await visitor.goto(`${shop.base}/chat`);
  const say = async (text: string) => {
    await visitor.getByRole("textbox", { name: "Message" }).fill(text);
    await visitor.getByRole("button", { name: "Send" }).click();
    await expect(visitor.getByRole("log")).toContainText(text);
  };
  await say("Is somebody there?");
  await page.goto(`${shop.base}/list/queue`);
  await open(page, "Is somebody there?");
  await accept(page);
  const conversation = new URL(page.url()).pathname;
  // The daemon knows that she sits there.
  const me = async () => (await (await page.request.get(`${shop.base}/api/v1/me`)).json()).last_active_at;
  await expect.poll(me).not.toBeNull();
  await page.close();

  // Soon she does not, and customers who ask again are told of.
  let n = 0;
  const bodies = () => pushed.service.told.map((one) => JSON.parse(one.text).body);
  await expect(async () => {
    await say(`Hello? ${++n}`);
    await expect.poll(bodies, { timeout: 4_000 }).toContain(`Hello? ${n}`);
  }).toPass({ timeout: AT_WORK_MS });
  expect(await pushed.deliver()).toMatchObject({ body: `Hello? ${n}`, url: conversation });

  // The same conversation again takes the place of what was shown.
  await say("Are you closed?");
  await expect.poll(bodies).toContain("Are you closed?");
  expect(await pushed.deliver()).toMatchObject({ body: "Are you closed?", url: conversation });
  expect(await shown(page.context())).toHaveLength(1);

  const clicked = await click(workerOf(page.context()));
  expect(clicked).toEqual({ opened: [conversation], focused: [] });
  await expect.poll(() => shown(page.context())).toEqual([]);
});

test("a click brings the console that is open to the conversation, without loading it anew", async ({ page, shop, pushed, browser }) => {
  await begin(page, shop);
  const visitor = await (await browser.newContext()).newPage();
  await visitor.goto(`${shop.base}/chat`);
  await visitor.getByRole("textbox", { name: "Message" }).fill("The first one");
  await visitor.getByRole("button", { name: "Send" }).click();
  await page.goto(`${shop.base}/list/queue`);
  await open(page, "The first one");
  const conversation = new URL(page.url()).pathname;
  await page.goto(`${shop.base}/me/notifications`);
  await page.evaluate(() => ((window as unknown as { same: boolean }).same = true));

  await page.getByRole("button", { name: "Test", exact: true }).click();
  await pushed.deliver();
  // A trial leads nowhere in particular; this one is given the way of a message.
  const clicked = await click(workerOf(page.context()), conversation);
  expect(clicked).toEqual({ opened: [], focused: [`${shop.base}/me/notifications`] });
  await expect(message(page, "The first one")).toBeVisible();
  await expect(page).toHaveURL(shop.base + conversation);
  expect(await page.evaluate(() => (window as unknown as { same?: boolean }).same)).toBe(true);
});

test("whoever signs out is told nothing in this browser, and again after signing in", async ({ page, shop, pushed }) => {
  // Signs in four times, which is slow on purpose.
  test.setTimeout(150_000);
  await begin(page, shop);
  const [first] = await subscriptions(page, shop);
  expect(first?.endpoint).toBe(`${pushed.service.origin}/send/0`);
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await pushed.deliver();

  await signOut(page);
  await expect.poll(() => shown(page.context())).toEqual([]);
  const elsewhere = await page.request.post(`${shop.base}/api/v1/sessions`, { data: { email: ADMIN.email, password: ADMIN.password }, headers: { origin: shop.base } });
  expect(elsewhere.ok()).toBe(true);
  expect(await subscriptions(page, shop)).toEqual([]);
  await page.context().clearCookies();

  await page.goto(shop.base);
  await signIn(page);
  await expect.poll(async () => (await subscriptions(page, shop)).map((one) => one.endpoint)).toEqual([`${pushed.service.origin}/send/1`]);
  await page.goto(`${shop.base}/me/notifications`);
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await expect.poll(() => pushed.service.told.at(-1)?.browser).toBe(1);

  // Who takes it away stays without it.
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(page.getByRole("button", { name: "Notify this browser" })).toBeVisible();
  await signOut(page);
  await signIn(page);
  await page.goto(`${shop.base}/me/notifications`);
  await expect(page.getByRole("button", { name: "Notify this browser" })).toBeVisible();
  expect(await subscriptions(page, shop)).toEqual([]);
});

/**
 * Clicks on what is shown, as the browser would: without a hand on the machine no worker may bring a window to the front, so what
 * it asks of the browser is written down instead.
 */
async function click(worker: Worker, url?: string): Promise<{ opened: string[]; focused: string[] }> {
  return worker.evaluate(async (other) => {
    const scope = self as unknown as { registration: ServiceWorkerRegistration; clients: object; dispatchEvent(event: Event): boolean };
    const [notification] = await scope.registration.getNotifications();
    if (!notification) throw new Error("nothing to click on");
    const done: { opened: string[]; focused: string[] } = { opened: [], focused: [] };
    const client = (self as unknown as { WindowClient: { prototype: object } }).WindowClient.prototype;
    Object.assign(scope.clients, { openWindow: async (to: string) => void done.opened.push(to) });
    Object.assign(client, {
      focus: async function (this: { url: string }) {
        done.focused.push(this.url);
        return this;
      },
    });
    let work: Promise<unknown> = Promise.resolve();
    const data = other ? { url: other } : notification.data;
    const event = Object.assign(new Event("notificationclick"), {
      notification: { data, close: () => notification.close() },
      waitUntil: (asked: Promise<unknown>) => (work = asked),
    });
    scope.dispatchEvent(event);
    await work;
    return done;
  }, url);
}
