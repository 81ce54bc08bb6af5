// Every kind of channel that can be connected.

import type { Kind } from "./kind";
import { email } from "./email";
import { messenger } from "./messenger";
import { telegram } from "./telegram";
import { vk } from "./vk";
import { web_chat } from "./web_chat";
import { whatsapp } from "./whatsapp";

export const KINDS: Kind[] = [web_chat, telegram, whatsapp, vk, email, messenger];

export function kindOf(channel: string): Kind | undefined {
  return KINDS.find((kind) => kind.channel === channel);
}
