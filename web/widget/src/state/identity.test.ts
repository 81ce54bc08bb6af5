import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Identity } from "./identity.svelte";
import { Storage } from "./storage";

interface Asked {
  token?: string;
  jwt?: string;
  user_id?: string;
  name?: string;
}
let asked: Asked[];
let refuse: (who: Asked) => boolean;

// A daemon that gives everybody a token by which they can be told.
beforeEach(() => {
  asked = [];
  refuse = () => false;
  let strangers = 0;
  vi.stubGlobal("fetch", (_: string, { body }: { body: string }) => {
    const who = JSON.parse(body) as Asked;
    asked.push(who);
    if (refuse(who)) return Promise.resolve(new Response('{"title":"no"}', { status: 403 }));
    const token = who.jwt ? `proved ${who.user_id}` : (who.token ?? `stranger ${++strangers}`);
    const identity = token.startsWith("proved") ? "verified" : "anonymous";
    return Promise.resolve(new Response(JSON.stringify({ token, identity, visitor: { id: token }, session: null })));
  });
});
afterEach(() => void vi.unstubAllGlobals());

const jwtOf = (sub: string) => `h.${btoa(JSON.stringify({ sub }))}.s`;

function onSite(kept: Record<string, string> = {}) {
  const site: Record<string, string> = { ...kept };
  const keep = (key: string, text: string | null) => {
    if (text === null) delete site[key];
    else site[key] = text;
  };
  const storage = new Storage("trunkline.i", { kept, keep });
  return { site, storage, identity: new Identity("i", false, storage) };
}

it("is on the next page whoever it was on this one", async () => {
  const first = onSite();
  await first.identity.admit();
  expect(first.site.token).toBe('"stranger 1"');
  const next = onSite(first.site);
  expect((await next.identity.admit()).token).toBe("stranger 1");
});

it("keeps the conversation of a stranger who then tells their name", async () => {
  const { identity, site } = onSite();
  await identity.admit();
  expect(identity.claims({ id: "1", name: "Ann" })).toBe(false);
  await identity.admit();
  expect(asked[1]).toMatchObject({ token: "stranger 1", name: "Ann" });
  expect(site).toEqual({ token: '"stranger 1"', user: '"1"' });
});

it("never goes on as the user before, on the same page or on another", async () => {
  const first = onSite();
  first.identity.claims({ id: "1" });
  await first.identity.admit();
  const next = onSite({ ...first.site, talked: "true", outbox: "[1]" });
  expect(next.identity.claims({ id: "2" })).toBe(true);
  expect(next.site).toEqual({ user: '"2"' });
  await next.identity.admit();
  expect(asked[1]?.token).toBeUndefined();
  expect(next.identity.claims({ token: jwtOf("3") })).toBe(true);
  expect(next.identity.token).toBe("");
  expect(next.site).toEqual({ user: '"3"' });
});

it("leaves no token of a proved user with the site, and still renews it", async () => {
  const { identity, site } = onSite({ token: '"stranger 7"' });
  identity.claims({ token: jwtOf("1") });
  await identity.admit();
  expect(identity.token).toBe("proved 1");
  expect(site).toEqual({ user: '"1"' });
  await identity.renew();
  expect(asked[1]).toMatchObject({ token: "proved 1" });
  expect(asked[1]?.jwt).toBeUndefined();
  expect(site.token).toBeUndefined();
});

it("lets in whoever has a wrong proof as a new stranger", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const { identity, site } = onSite({ token: '"stranger 7"' });
  refuse = (who) => who.jwt !== undefined;
  identity.claims({ token: jwtOf("1") });
  await identity.admit();
  expect(asked[1]?.token).toBeUndefined();
  expect(site.token).toBe('"stranger 1"');
});

it("knows nobody any more after the reset, whatever the page has said", async () => {
  const { identity, site } = onSite();
  identity.claims({ id: "1", name: "Ann" });
  await identity.admit();
  identity.forget();
  expect(site).toEqual({});
  await identity.renew();
  expect(asked[1]?.token).toBeUndefined();
  expect(asked[1]?.name).toBeUndefined();
});
