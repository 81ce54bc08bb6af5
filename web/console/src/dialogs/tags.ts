// Tags of several conversations at once.

/** Tags that all, some or none of them have. */
export function common(conversations: { tags: string[] }[]): string[] {
  const [first, ...rest] = conversations;
  return (first?.tags ?? []).filter((tag) => rest.every((one) => one.tags.includes(tag)));
}

/** What one conversation's tags become when some are added to and others taken from all. */
export function changed(tags: string[], added: string[], removed: string[]): string[] {
  return [...new Set([...tags.filter((tag) => !removed.includes(tag)), ...added])];
}

/** Tags worth offering: seen elsewhere, not here yet, those used most first. */
export function suggestions(all: Iterable<{ tags: string[] }>, here: string[], query: string, most: number): string[] {
  const uses = new Map<string, number>();
  for (const { tags } of all) for (const tag of tags) uses.set(tag, (uses.get(tag) ?? 0) + 1);
  const wanted = query.trim().toLocaleLowerCase();
  return [...uses]
    .filter(([tag]) => !here.includes(tag) && tag.toLocaleLowerCase().includes(wanted))
    .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
    .slice(0, most)
    .map(([tag]) => tag);
}
