// Notifications that come although the console is closed: this browser's subscription, and the daemon's list of them.

import { api, ok } from "$lib/api/client";

/** Operators remembered to have chosen it in one browser. */
const MAX_CHOSEN = 20;
/** A sign-out waits no longer for the browser's push service, which may be out of reach. */
const PATIENCE_MS = 5_000;

export interface Subscription {
  id: string;
  endpoint: string;
  created_at: number;
  last_ok_at?: number | null;
  failures?: number;
}

export type Hindrance = "insecure" | "ios" | "unsupported" | "denied" | null;

/** What stands in the way, of the things one can do something about first. */
export function hindrance(
  where: { secure: boolean; push: boolean; ios: boolean; installed: boolean; permission: NotificationPermission | null },
): Hindrance {
  if (!where.secure) return "insecure";
  // On an iPhone only an app on the home screen may; the browser hides the interface until then.
  if (where.ios && !where.installed) return "ios";
  if (!where.push || where.permission === null) return "unsupported";
  return where.permission === "denied" ? "denied" : null;
}

export function here(): Hindrance {
  const touchMac = /Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1;
  return hindrance({
    secure: isSecureContext,
    push: "serviceWorker" in navigator && "PushManager" in window,
    ios: /iPhone|iPad|iPod/.test(navigator.userAgent) || touchMac,
    installed: matchMedia("(display-mode: standalone)").matches,
    permission: "Notification" in window ? Notification.permission : null,
  });
}

/** The service a subscription lies with, for people who have several. */
export function service(endpoint: string): string {
  try {
    return new URL(endpoint).hostname;
  } catch {
    return endpoint;
  }
}

export async function list(): Promise<Subscription[]> {
  return (await ok<{ items: Subscription[] }>(api.GET("/api/v1/me/push-subscriptions" as never) as never)).items;
}

/** Only after a click: asks for the permission, subscribes, and tells the daemon. False where it was not given. */
export async function subscribe(operatorId: string): Promise<boolean> {
  if ((await Notification.requestPermission()) !== "granted") return false;
  await start();
  chosen.add(operatorId);
  return true;
}

/** At sign-in: whoever has chosen to be told in this browser is told again, and nobody who has not. */
export async function resume(operatorId: string): Promise<void> {
  if (here() !== null || Notification.permission !== "granted") return;
  const endpoint = await mine();
  const known = endpoint !== null && (await list()).some((one) => one.endpoint === endpoint);
  if (known) chosen.add(operatorId);
  else if (chosen.has(operatorId)) await start();
  // Left by somebody whose session ended without a sign-out.
  else if (endpoint !== null) await (await (await registered())?.pushManager.getSubscription())?.unsubscribe();
}

/** At sign-out: whoever sits down next learns nothing. What cannot be done without the daemon is done without it. */
export async function suspend(): Promise<void> {
  const worker = await registered();
  const subscription = await worker?.pushManager?.getSubscription();
  for (const shown of (await worker?.getNotifications()) ?? []) shown.close();
  if (!subscription) return;
  const known = list().then((all) => all.find((one) => one.endpoint === subscription.endpoint));
  const done = Promise.allSettled([known.then((one) => one && forget(one)), subscription.unsubscribe()]);
  await Promise.race([done, new Promise((later) => setTimeout(later, PATIENCE_MS))]);
}

async function start(): Promise<void> {
  const { key } = await ok<{ key: string }>(api.GET("/api/v1/push/key" as never) as never);
  await navigator.serviceWorker.register(workerUrl() as string);
  const worker = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: key };
  // A subscription made with another key, such as another daemon's, is in the way.
  const subscription = await worker.pushManager.subscribe(options).catch(async () => {
    await (await worker.pushManager.getSubscription())?.unsubscribe();
    return worker.pushManager.subscribe(options);
  });
  await ok(api.POST("/api/v1/me/push-subscriptions" as never, { body: subscription.toJSON() } as never) as never);
}

/** Who has chosen it in this browser: several may sign in here, and each choice outlives a sign-out. */
const chosen = {
  of: (): string[] => {
    try {
      return JSON.parse(localStorage.getItem("trunkline.push") ?? "[]");
    } catch {
      return [];
    }
  },
  has: (id: string) => chosen.of().includes(id),
  add: (id: string) => chosen.keep([...chosen.of().filter((one) => one !== id), id].slice(-MAX_CHOSEN)),
  remove: (id: string) => chosen.keep(chosen.of().filter((one) => one !== id)),
  keep: (ids: string[]) => localStorage.setItem("trunkline.push", JSON.stringify(ids)),
};

/** Under Trusted Types a worker's address must come out of a policy; this one knows a single address. */
function workerUrl(): unknown {
  type Policies = { createPolicy(name: string, rules: { createScriptURL: () => string }): { createScriptURL(url: string): unknown } };
  const types = (globalThis as { trustedTypes?: Policies }).trustedTypes;
  policy ??= types?.createPolicy("trunkline", { createScriptURL: () => "/sw.js" });
  return policy?.createScriptURL("/sw.js") ?? "/sw.js";
}

let policy: { createScriptURL(url: string): unknown } | undefined;

/** The endpoint of this browser, to mark it in the list. */
export async function mine(): Promise<string | null> {
  return (await (await registered())?.pushManager?.getSubscription())?.endpoint ?? null;
}

export async function remove(subscription: Subscription, operatorId: string): Promise<void> {
  await forget(subscription);
  if ((await mine()) !== subscription.endpoint) return;
  chosen.remove(operatorId);
  await (await (await registered())?.pushManager.getSubscription())?.unsubscribe();
}

async function forget(subscription: Subscription): Promise<void> {
  await ok(api.DELETE("/api/v1/me/push-subscriptions/{id}" as never, { params: { path: { id: subscription.id } } } as never) as never);
}

async function registered(): Promise<ServiceWorkerRegistration | undefined> {
  return "serviceWorker" in navigator ? navigator.serviceWorker.getRegistration("/") : undefined;
}

export async function test(id: string): Promise<void> {
  await ok(api.POST("/api/v1/me/push-subscriptions/{id}/test" as never, { params: { path: { id } } } as never) as never);
}
