// Notifications that come although the console is closed: this browser's subscription, and the daemon's list of them.

import { api, ok } from "$lib/api/client";

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
export async function subscribe(): Promise<boolean> {
  if ((await Notification.requestPermission()) !== "granted") return false;
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
  return true;
}

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
  if (!("serviceWorker" in navigator)) return null;
  const worker = await navigator.serviceWorker.getRegistration("/");
  return (await worker?.pushManager?.getSubscription())?.endpoint ?? null;
}

export async function remove(subscription: Subscription): Promise<void> {
  await ok(api.DELETE("/api/v1/me/push-subscriptions/{id}" as never, { params: { path: { id: subscription.id } } } as never) as never);
  if ((await mine()) === subscription.endpoint) {
    const worker = await navigator.serviceWorker.getRegistration("/");
    await (await worker?.pushManager.getSubscription())?.unsubscribe();
  }
}

export async function test(id: string): Promise<void> {
  await ok(api.POST("/api/v1/me/push-subscriptions/{id}/test" as never, { params: { path: { id } } } as never) as never);
}
