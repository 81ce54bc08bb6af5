// What a conversation was started with: page, browser, language and the like, as far as the channel knows.

export interface Fact {
  name: string;
  value: string;
  /** An address that can be opened. */
  link: string | null;
}

/** In this order; what else there is comes behind, by name. */
const FIRST = ["page", "page_title", "referrer", "browser", "os", "device", "language", "timezone"];
const ZONES = ["timezone", "time_zone", "tz"];

export function facts(metadata: Record<string, unknown>): Fact[] {
  const rank = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return Object.entries(withPage(metadata))
    .filter(([, value]) => value !== null && value !== "" && value !== undefined)
    .sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
    .map(([name, value]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return { name, value: text, link: /^https?:\/\//i.test(text) ? text : null };
    });
}

/** The page that is open now comes with its title and the time it was opened; here its address and its title are two facts. */
function withPage(metadata: Record<string, unknown>): Record<string, unknown> {
  const { page } = metadata;
  if (typeof page !== "object" || page === null) return metadata;
  const { url, title } = page as Record<string, unknown>;
  return { ...metadata, page: url, page_title: title ?? metadata.page_title };
}

/** The customer's time zone, when it is one. */
export function zoneOf(metadata: Record<string, unknown>): string | null {
  const zone = ZONES.map((name) => metadata[name]).find((value): value is string => typeof value === "string" && value !== "");
  try {
    return zone ? new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone : null;
  } catch {
    return null;
  }
}

/** What time it is there. */
export function timeThere(zone: string, nowMs: number, language: string): string {
  return new Intl.DateTimeFormat(language, { weekday: "short", hour: "2-digit", minute: "2-digit", timeZone: zone, timeZoneName: "short" }).format(nowMs);
}
