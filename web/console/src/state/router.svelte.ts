// Where the operator is: the address bar is the truth, so that links can be shared and "back" works.

export type Route =
  | { page: "list"; view: string }
  | { page: "conversation"; id: string; message: number | null }
  | { page: "search"; query: string }
  | { page: "contacts"; id: string | null }
  | { page: "admin"; section: string; id: string | null }
  | { page: "me"; section: string };

export function parse(url: URL): Route {
  const [first = "", second = "", third = null] = url.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  switch (first) {
    case "c":
      return { page: "conversation", id: second, message: Number(/^#m(\d+)$/.exec(url.hash)?.[1]) || null };
    case "search":
      return { page: "search", query: url.searchParams.get("q") ?? "" };
    case "contacts":
      return { page: "contacts", id: second || null };
    case "admin":
      return { page: "admin", section: second || "channels", id: third };
    case "me":
      return { page: "me", section: second || "profile" };
    default:
      return { page: "list", view: second || "queue" };
  }
}

export function path(route: Route): string {
  const part = encodeURIComponent;
  switch (route.page) {
    case "list":
      return `/list/${part(route.view)}`;
    case "conversation":
      return `/c/${part(route.id)}${route.message === null ? "" : `#m${route.message}`}`;
    case "search":
      return `/search?q=${part(route.query)}`;
    case "contacts":
      return route.id ? `/contacts/${part(route.id)}` : "/contacts";
    case "admin":
      return `/admin/${part(route.section)}${route.id ? `/${part(route.id)}` : ""}`;
    case "me":
      return `/me/${part(route.section)}`;
  }
}

class Router {
  route = $state.raw<Route>(parse(new URL(location.href)));
  /** The list beside an open conversation: the last one that was looked at. */
  view = $state("queue");

  constructor() {
    addEventListener("popstate", () => this.#read());
    this.#remember();
  }

  go(route: Route, how: "push" | "replace" = "push"): void {
    const to = path(route);
    if (to === location.pathname + location.search + location.hash) return;
    history[how === "push" ? "pushState" : "replaceState"](null, "", to);
    this.#read();
  }

  open(id: string, message: number | null = null): void {
    this.go({ page: "conversation", id, message });
  }

  #read(): void {
    this.route = parse(new URL(location.href));
    this.#remember();
  }

  #remember(): void {
    if (this.route.page === "list") this.view = this.route.view;
  }
}

export const router = new Router();

/** Lets a plain click on one of our own links change the page without loading it; every other click is the browser's. */
export function link(node: HTMLAnchorElement) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    router.go(parse(new URL(node.href)));
  };
  node.addEventListener("click", follow);
  return { destroy: () => node.removeEventListener("click", follow) };
}
