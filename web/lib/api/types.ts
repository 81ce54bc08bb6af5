// Short names for what the API answers. The shapes themselves are generated.

import type { components } from "./schema";

type Schemas = components["schemas"];

/** Microseconds since 1970, UTC, as all times of the API. */
export type Micros = number;
export type Conversation = Schemas["ConversationView"];
export type ConversationState = Schemas["ConversationState"];
export type Priority = Schemas["Priority"];
export type Message = Schemas["MessageView"];
export type Attachment = Schemas["AttachmentView"];
export type Delivery = Schemas["DeliveryView"];
export type DeliveryHistory = Schemas["DeliveryHistory"];
export type Contact = Schemas["ContactView"];
export type Context = Schemas["ContextView"];
export type Operator = Schemas["OperatorView"];
export type Team = Schemas["TeamView"];
export type Inbox = Schemas["InboxView"];
export type RawEvent = Schemas["RawEventView"];
export type CannedResponse = Schemas["CannedResponseView"];
export type Article = Schemas["ArticleView"];
export type Upload = Schemas["UploadView"];
export type NewReply = Schemas["NewReply"];
export type PersonRef = Schemas["PersonRef"];
export type Problem = Schemas["Problem"];
export type Suggestion = Schemas["Suggestion"];
export type Workload = Schemas["Workload"];
export type ApiToken = Schemas["TokenView"];
export type Role = Schemas["Role"];
export type Availability = Schemas["Availability"];
export type Health = Schemas["HealthReport"];
export type Check = Schemas["Check"];
export type ArticleState = Schemas["ArticleState"];
export type Counts = Schemas["Counts"];
export type Settings = Schemas["Settings"];
