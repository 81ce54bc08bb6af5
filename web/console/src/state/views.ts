// The lists of conversations: what each one asks the daemon for, and whether a conversation belongs to it. Both must say
// the same, because what happens is placed in the list without asking again.

import type { Conversation, ConversationState, Priority } from "$lib/api/types";

export const VIEWS = ["queue", "mine", "team", "unassigned", "all", "closed", "archived"] as const;
export type View = (typeof VIEWS)[number];
export type Sort = "recent" | "priority" | "waiting";
export const OPEN: ConversationState[] = ["new", "active", "awaiting_response", "transferred"];

/** What the operator narrows a list by; all of it must hold. */
export interface Filter {
  channel?: string;
  inbox_id?: string;
  tag?: string;
  priority?: Priority;
  skill?: string;
  team_id?: string;
  assignee?: string;
  unread?: boolean;
  troubled?: boolean;
}

/** Who looks: decides what is "mine". */
export interface Viewer {
  id: string;
  teams: string[];
  /** Sees what was escalated to any supervisor. */
  supervises: boolean;
}

export function isView(name: string): name is View {
  return (VIEWS as readonly string[]).includes(name);
}

/** How a list is sorted when nobody says otherwise: who waits longest comes first where people wait. */
export function defaultSort(view: View): Sort {
  return view === "queue" || view === "unassigned" ? "priority" : "recent";
}

/** The query of `GET /conversations`. */
export function query(view: View, filter: Filter, sort: Sort): Record<string, string | boolean> {
  const of: Record<View, Record<string, string>> = {
    queue: { queue: "true" },
    mine: { state: "open", assignee: "me" },
    team: { state: "open", team: "mine" },
    unassigned: { state: "open", assignee: "none" },
    all: { state: "open" },
    closed: { state: "closed" },
    archived: { state: "archived" },
  };
  const narrowed = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined && value !== "" && value !== false));
  return { ...of[view], ...narrowed, sort };
}

export function belongs(conversation: Conversation, view: View, filter: Filter, viewer: Viewer): boolean {
  const open = OPEN.includes(conversation.state);
  const inView = {
    queue: waitsFor(conversation, viewer),
    mine: open && conversation.assignee?.id === viewer.id,
    team: open && conversation.team != null && viewer.teams.includes(conversation.team.id),
    unassigned: open && !conversation.assignee,
    all: open,
    closed: conversation.state === "closed",
    archived: conversation.state === "archived",
  }[view];
  return inView && fits(conversation, filter, viewer);
}

/** New and of no team or of theirs, or handed to them and not accepted yet. */
function waitsFor(conversation: Conversation, viewer: Viewer): boolean {
  const ours = conversation.team != null && viewer.teams.includes(conversation.team.id);
  if (conversation.state === "new") return conversation.team == null || ours;
  if (conversation.state !== "transferred") return false;
  return conversation.assignee?.id === viewer.id || ours || (viewer.supervises && conversation.transfer?.escalated === true);
}

function fits(conversation: Conversation, filter: Filter, viewer: Viewer): boolean {
  const wanted = filter.assignee === "me" ? viewer.id : filter.assignee;
  return (
    (!filter.channel || conversation.channel === filter.channel) &&
    (!filter.inbox_id || conversation.inbox_id === filter.inbox_id) &&
    (!filter.tag || conversation.tags.includes(filter.tag)) &&
    (!filter.priority || conversation.priority === filter.priority) &&
    (!filter.skill || conversation.required_skills.includes(filter.skill)) &&
    (!filter.team_id || conversation.team?.id === filter.team_id) &&
    (!wanted || (wanted === "none" ? !conversation.assignee : conversation.assignee?.id === wanted)) &&
    (!filter.unread || conversation.last_number > conversation.operator_seen)
  );
}

const RANK: Record<Priority, number> = { low: 0, medium: 1, high: 2, urgent: 3 };
const NEVER = Number.MAX_SAFE_INTEGER;

/** What a list is sorted by. */
export type SortKey = Pick<Conversation, "id" | "updated_at" | "waiting_since" | "priority">;

export function sortKey({ id, updated_at, waiting_since, priority }: Conversation): SortKey {
  return { id, updated_at, waiting_since, priority };
}

/** The order of the daemon's lists: negative when `a` comes first. */
export function compare(a: SortKey, b: SortKey, sort: Sort): number {
  if (sort === "recent") return b.updated_at - a.updated_at || (a.id < b.id ? 1 : -1);
  const waits = (a.waiting_since ?? NEVER) - (b.waiting_since ?? NEVER) || (a.id < b.id ? -1 : 1);
  return sort === "priority" ? RANK[b.priority] - RANK[a.priority] || waits : waits;
}
