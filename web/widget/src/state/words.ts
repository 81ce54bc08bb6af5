// Why something could not be done, in the visitor's language where we have the words.

import { t } from "../i18n/index.svelte";
import { Refused, Unreachable } from "../net/api";

export function inWords(error: unknown): string {
  if (error instanceof Unreachable) return t("lost");
  if (!(error instanceof Refused)) return t("wrong", { why: String(error) });
  if (error.problem.status === 429) return t("busy");
  return t("wrong", { why: error.message });
}
