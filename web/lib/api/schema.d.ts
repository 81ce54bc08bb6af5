// Generated from docs/openapi.json by `npm run api`. Not to be edited.

export interface paths {
    "/api/v1/articles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Articles, latest change first. */
        get: operations["list_articles"];
        put?: never;
        post: operations["create_article"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/articles/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_article"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch: operations["change_article"];
        trace?: never;
    };
    "/api/v1/attachments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download a file of a message. `Range` and `If-None-Match` are understood. */
        get: operations["fetch_attachment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/attachments/{id}/fetch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Try again to fetch a file from its provider. */
        post: operations["fetch_again"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/attachments/{id}/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A link that opens a file for ten minutes without a session. */
        get: operations["link"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/canned-responses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Canned responses that the caller can use: personal, of the caller's teams, shared. */
        get: operations["list_canned_responses"];
        put?: never;
        post: operations["create_canned_response"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/canned-responses/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_canned_response"];
        put?: never;
        post?: never;
        delete: operations["delete_canned_response"];
        options?: never;
        head?: never;
        patch: operations["change_canned_response"];
        trace?: never;
    };
    "/api/v1/canned-responses/{id}/render": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The text with its variables filled in for one conversation. */
        post: operations["render_canned_response"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Contacts, newest first. */
        get: operations["list_contacts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contacts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_contact"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch: operations["change_contact"];
        trace?: never;
    };
    "/api/v1/contacts/{id}/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Conversations of a contact, the latest first. */
        get: operations["list_conversations_of_contact"];
        put?: never;
        /**
         * Writes first: begins a conversation with a contact, assigned to whoever asks, and sends its first message. The customer's
         *     answer comes into it.
         */
        post: operations["start_conversation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contacts/{id}/merge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes another contact part of this one: its identities and conversations are here from now on. */
        post: operations["merge_contacts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contacts/{id}/merge-suggestions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Contacts that may be the same person, each with the evidence. */
        get: operations["list_merge_suggestions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contacts/{id}/unmerge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Undoes a merge: what moved moves back. */
        post: operations["unmerge_contacts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Conversations, filtered and sorted. */
        get: operations["list_conversations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many conversations the caller's lists have, in one answer. */
        get: operations["counts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One conversation. */
        get: operations["get_conversations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes subject, priority, tags or custom fields. */
        patch: operations["update_conversations"];
        trace?: never;
    };
    "/api/v1/conversations/{id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a waiting conversation; exactly one of many simultaneous calls succeeds, the others learn who did. */
        post: operations["accept"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a closed conversation read-only for ever. */
        post: operations["archive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/assign": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives the conversation to an operator, or puts it into the queue of a team. */
        post: operations["assign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Closes the conversation with a reason. */
        post: operations["close"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/context": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is known of a conversation's customer. */
        get: operations["get_conversation_context"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/drafts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the caller has begun to write in a conversation and not sent. Nobody else sees it. */
        get: operations["drafts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/drafts/{kind}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Keeps what the caller has begun to write: an object of at most 256 KB, for 15 days from its last change. */
        put: operations["keep_draft"];
        post?: never;
        /** Forgets it: it was sent, or taken back. */
        delete: operations["drop_draft"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/escalate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hands the conversation to a supervisor, or to the specialist or team named. */
        post: operations["escalate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Messages before (newest first) or after (oldest first) a number. */
        get: operations["history_conversations_messages"];
        put?: never;
        /** Writes an answer (201: it will be delivered or shown as failed), a note, or shares an article. */
        post: operations["reply"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/messages/{message_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Asks for a message that was sent to be taken back, or deletes a note. */
        delete: operations["delete_message"];
        options?: never;
        head?: never;
        /** Asks for another text of a message that was sent (202: `amendment` says how it stands), or changes a note (202, too). */
        patch: operations["edit_message"];
        trace?: never;
    };
    "/api/v1/conversations/{id}/messages/{message_id}/full": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The untrimmed text and the sanitised HTML of a message. */
        get: operations["long_forms"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/messages/{message_id}/html": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The sanitised HTML of a message as a page for a sandboxed frame: nothing in it can run, links open windows of their own, and
         *     the images that are elsewhere stay away until they are asked for.
         */
        get: operations["html"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/messages/{message_id}/raw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the provider sent, byte for byte: a mail as a file, everything else as plain text. 404 where nothing is kept (what
         *     was written here), 409 `deleted` of a message that was taken back: only its revisions tell of it.
         */
        get: operations["raw_of_message"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/messages/{message_id}/reaction": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Reacts to a message; the business shows one reaction, the last. */
        put: operations["react"];
        post?: never;
        /** Takes the operator's reaction back. */
        delete: operations["take_reaction_back"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/messages/{message_id}/revisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Earlier texts of a message, oldest first; the last one of a deleted message is the text that was taken away. */
        get: operations["revisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/reopen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Opens a closed conversation again. */
        post: operations["reopen"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/seen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Notes that the holder of the conversation has seen everything up to a message. */
        post: operations["seen"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/transfer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hands the conversation to an operator or team, who has to accept it. */
        post: operations["transfer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{id}/unread": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes what the operators have seen back to before the customer's last message, so that it is read again. */
        post: operations["unread"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Deliveries of all inboxes, newest first. */
        get: operations["list_deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives up on a waiting or doubtful delivery; the next reply of the conversation may then go. */
        post: operations["cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Really sends again what failed or is in doubt. Asking twice is asking once. */
        post: operations["retry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deliveries/{id}/settle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Settles a doubtful delivery: a person knows that it arrived. */
        post: operations["settle"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything that happens, as it happens. Each event's `id` is its number; `event` is its kind. */
        get: operations["events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inboxes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All inboxes with their health. */
        get: operations["list_inboxes"];
        put?: never;
        /** Connects a new inbox; its settings are checked by the channel, sealed, and never shown again. */
        post: operations["create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inboxes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_inboxes"];
        put?: never;
        post?: never;
        /** Takes an inbox out of use; its conversations stay. */
        delete: operations["remove"];
        options?: never;
        head?: never;
        /** Changes name, options or settings; the connector is replaced while the daemon runs. */
        patch: operations["update_inboxes"];
        trace?: never;
    };
    "/api/v1/inboxes/{id}/diagnose": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes every check of this line that a person would make by hand. */
        post: operations["diagnose"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inboxes/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops the line until it is resumed. */
        post: operations["pause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inboxes/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inboxes/{id}/templates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The templates of this account; only approved ones can be sent. */
        get: operations["templates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The operator who is asking. */
        get: operations["me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes what colleagues and customers call the caller. */
        patch: operations["change_oneself"];
        trace?: never;
    };
    "/api/v1/me/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A sign of life: whoever was away is back. */
        post: operations["note_activity"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/availability": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Says whether one can be given work now. */
        put: operations["set_availability"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Changes one's password. Everything signed in by the old one ends: all sessions and API tokens; the answer's cookie
         *     is a new session.
         */
        put: operations["change_password"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/preferences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the caller has set in the console: an object that the daemon only keeps. */
        get: operations["preferences"];
        /** Replaces all of the caller's preferences; at most 16 KB. */
        put: operations["set_preferences"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/push-subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The browsers one is told through. */
        get: operations["list_push_subscriptions"];
        put?: never;
        /**
         * Adds the browser one sits at; takes what `PushSubscription.toJSON()` gives. The same endpoint once more changes what is
         *     known of it, and makes it one's own.
         */
        post: operations["put_push_subscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/push-subscriptions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Tells this browser nothing any more. */
        delete: operations["delete_push_subscription"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/push-subscriptions/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a notification to this browser now, whatever one has chosen to be told of. */
        post: operations["test_push_subscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{id}/delivery": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How one message travelled: its delivery and every attempt. */
        get: operations["of_message"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operators": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All operators, the disabled ones as well, oldest first. */
        get: operations["list_operators"];
        put?: never;
        /** Makes an operator, who can sign in at once. */
        post: operations["create_operator"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operators/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["get_operator"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Changes an operator. Another role, another password, or being disabled ends all that is signed in as them: sessions,
         *     API tokens and sockets.
         */
        patch: operations["change_operator"];
        trace?: never;
    };
    "/api/v1/operators/{id}/workload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many conversations an operator holds, and how many more they could take. */
        get: operations["workload"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/push/key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The key browsers subscribe with. All daemons of one database have the same, for ever. */
        get: operations["push_key"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queue/statistics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Waiting conversations by priority and channel, and how long they wait. */
        get: operations["queue_statistics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/raw-events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Raw events, newest first, each with what became of it. */
        get: operations["list_raw_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/raw-events/{id}/body": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The bytes of a raw event, as they arrived; always a download. */
        get: operations["body"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/raw-events/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Applies a stored raw event again; what it did before is not done twice. */
        post: operations["replay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search messages, contacts and operators. A page of messages may be short and still have a next one, when filters
         *     dropped most of what was looked at.
         */
        get: operations["search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs an operator in: the session is in the cookie. */
        post: operations["sign_in"];
        /** Signs out everywhere. */
        delete: operations["sign_out_everywhere"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/current": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Signs out here. */
        delete: operations["sign_out"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a client needs to know once. */
        get: operations["settings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the daemon waits for its first admin. */
        get: operations["setup_state"];
        put?: never;
        /** Makes the first admin and signs them in; the link works once. */
        post: operations["set_up"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/socket-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A short-lived token to open a socket with, for clients that cannot send the cookie along. It stands for the session
         *     or API token that asked for it, and ends with it.
         */
        post: operations["socket_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/teams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All teams with their members, by name. */
        get: operations["list_teams"];
        put?: never;
        post: operations["create_team"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/teams/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Removes a team that nothing refers to. */
        delete: operations["delete_team"];
        options?: never;
        head?: never;
        patch: operations["change_team"];
        trace?: never;
    };
    "/api/v1/teams/{id}/members/{operator_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Puts an operator into a team; one who is in it stays in it. */
        put: operations["add_member"];
        post?: never;
        /** Takes an operator out of a team. */
        delete: operations["remove_member"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** API tokens that can still be used: one's own; an admin sees everybody's. */
        get: operations["list_tokens"];
        put?: never;
        /** Makes an API token for oneself, of one's own role or a lesser one. Only whoever signed in by password can. */
        post: operations["create_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends an API token of one's own; an admin can end anybody's. */
        delete: operations["revoke_token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a file, to be named in a message afterwards. */
        post: operations["upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/widget/default": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The web chat inbox of the daemon's own page: the first that runs. */
        get: operations["default_inbox"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/widget/sessions/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A visitor's own conversation, without what is the staff's. */
        get: operations["history_widget_sessions_messages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/widget/{inbox_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a widget shows before anything is said. */
        get: operations["shown"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/widget/{inbox_id}/visitors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lets a visitor in: known again by a token, identified by the site, or a stranger. */
        post: operations["visitors"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What happens after a send whose outcome is unknown. */
        Ambiguity: {
            /** @enum {string} */
            then: "repeat";
        } | {
            /** @enum {string} */
            then: "reconcile";
            wait: components["schemas"]["Lasting"];
        } | {
            /** @enum {string} */
            then: "ask_operator";
        };
        /**
         * @description What a change does, by the names that are stored.
         * @enum {string}
         */
        Amending: "edit" | "delete" | "react";
        /**
         * @description How a change stands, by the names that are stored.
         * @enum {string}
         */
        AmendmentState: "queued" | "sending" | "retry_wait" | "done" | "failed";
        /** @description A change on its way, or one that was refused. */
        AmendmentView: {
            at: components["schemas"]["i64"];
            change: components["schemas"]["Amending"];
            code?: string | null;
            id: string;
            /** @description Why it failed or waits, in plain words. */
            shown?: string | null;
            state: components["schemas"]["AmendmentState"];
            /** @description The new text, or the emoji; null takes a reaction back. */
            value?: string | null;
        };
        /** @description What is left out stays as it is. */
        ArticleChange: {
            body?: string | null;
            state?: components["schemas"]["ArticleState"] | null;
            title?: string | null;
            /**
             * Format: int64
             * @description The version the change was made from; refused when there is a newer one.
             */
            version?: number | null;
        };
        /** @enum {string} */
        ArticleState: "draft" | "published" | "archived";
        ArticleView: {
            author_id?: string | null;
            body: string;
            created_at: components["schemas"]["i64"];
            id: string;
            state: components["schemas"]["ArticleState"];
            title: string;
            updated_at: components["schemas"]["i64"];
            /**
             * Format: int64
             * @description Grows with every change of title or body.
             */
            version: number;
        };
        /** @description Gives a waiting conversation to an operator or a team. */
        Assign: {
            operator_id?: string | null;
            team_id?: string | null;
        };
        /**
         * @description Where a file is, by the names that are stored.
         * @enum {string}
         */
        AttachmentState: "stored" | "waiting" | "failed";
        AttachmentView: {
            content_id?: string | null;
            content_type: string;
            id: string;
            inline: boolean;
            name: string;
            /** Format: int64 */
            size: number;
            state: components["schemas"]["AttachmentState"];
            url: string;
        };
        AttemptView: {
            /**
             * Format: int64
             * @description From 1, also over rounds that people asked for.
             */
            attempt: number;
            detail?: string | null;
            /**
             * Format: int64
             * @description Null while it is under way, and for ever where it was broken off.
             */
            finished_at?: number | null;
            /** @description `sent`, `retry`, `rate_limited`, `maybe`, `rejected`, `peer_gone`, `window_closed` or `bad_credentials`. */
            outcome?: string | null;
            /** Format: int64 */
            started_at: number;
        };
        /** @enum {string} */
        Availability: "online" | "away" | "offline";
        /** @description What buttons a message may carry. */
        ButtonLimits: {
            /** @description A button may open a web page instead of answering. */
            links: boolean;
            max: number;
            /** @description In bytes of UTF-8. */
            max_id_bytes: number;
            max_title_chars: number;
        };
        /** @description What is left out stays as it is. */
        CannedResponseChange: {
            content?: string | null;
            shortcut?: string | null;
            title?: string | null;
        };
        CannedResponseView: {
            content: string;
            created_at: components["schemas"]["i64"];
            id: string;
            sharing: components["schemas"]["Sharing"];
            /** @description What an operator types to get it, in lower case. */
            shortcut: string;
            team_id?: string | null;
            title: string;
            updated_at: components["schemas"]["i64"];
        };
        /** @description Everything the daemon needs to know about a channel's abilities and limits. */
        Capabilities: {
            ambiguity: components["schemas"]["Ambiguity"];
            buttons?: components["schemas"]["ButtonLimits"] | null;
            chat_rate: components["schemas"]["Rate"];
            deletes: boolean;
            delivered_receipts: boolean;
            edits: boolean;
            /** @description What the provider takes from one inbox, and from one chat. */
            inbox_rate: components["schemas"]["Rate"];
            /**
             * Format: int64
             * @description Largest file that can be sent, in bytes; 0 means files cannot be sent.
             */
            max_attachment_bytes: number;
            /** @description How many attachments one message may carry. */
            max_attachments: number;
            /** @description `profile` is worth asking for a customer without a name. */
            profiles: boolean;
            /** @description The only emoji that can be reacted with; empty where any can. */
            reaction_set: string[];
            reactions: boolean;
            read_receipts: boolean;
            /** @description The daemon's own realtime is the wire: visitors connect to it and are told of answers by the event log. */
            realtime: boolean;
            /** @description Kinds of message that can be sent. */
            sends: components["schemas"]["MessageKind"][];
            /** @description Approved templates can be listed ([`crate::Connector::templates`]) and sent at any time. */
            templates: boolean;
            /** @description Longest text of one provider message; longer texts are split by the connector. */
            text: components["schemas"]["TextLimit"];
            threads: components["schemas"]["Threads"];
            typing_interval?: components["schemas"]["Lasting"] | null;
            window?: components["schemas"]["Window"] | null;
        };
        /** @description Changes of a conversation's own facts; what is left out stays. */
        Change: {
            custom_fields?: {
                [key: string]: unknown;
            } | null;
            priority?: components["schemas"]["Priority"] | null;
            subject?: string | null;
            tags?: string[] | null;
        };
        ChangeOneself: {
            name: string;
        };
        ChangePassword: {
            current_password: string;
            new_password: string;
        };
        /**
         * @description A kind of line.
         * @enum {string}
         */
        ChannelKind: "web_chat" | "email" | "telegram" | "vk" | "whatsapp" | "messenger";
        /** @description One line of the channel doctor's report. */
        Check: {
            /** @description What was found and, where it is bad, what to do; no secrets. */
            detail: string;
            name: string;
            state: components["schemas"]["CheckState"];
        };
        /** @enum {string} */
        CheckState: "ok" | "warning" | "failed";
        Close: {
            /** @description `problem_solved`, `customer_not_responding`, `transferred_to_specialist` or the business's own. */
            reason: string;
            summary?: string | null;
        };
        Colors: {
            /**
             * @description `#rrggbb`.
             * @default null
             */
            accent?: string | null;
        };
        /** @description What is left out stays as it is; an empty text takes the value away. */
        ContactChange: {
            /** @description Replaces all custom fields. Values are texts, numbers, booleans or null. */
            custom_fields?: {
                [key: string]: unknown;
            } | null;
            language?: string | null;
            name?: string | null;
        };
        ContactHit: {
            contact: components["schemas"]["ContactView"];
            /** @description The name or handle that was found. */
            snippet: components["schemas"]["Snippet"];
        };
        ContactRef: {
            blocked_at?: components["schemas"]["i64"] | null;
            handle?: string | null;
            id: string;
            name?: string | null;
            verified: boolean;
        };
        ContactView: {
            created_at: components["schemas"]["i64"];
            custom_fields: {
                [key: string]: unknown;
            };
            id: string;
            identities: components["schemas"]["IdentityView"][];
            /** @description A language tag such as `de` or `pt-BR`. */
            language?: string | null;
            /** @description The contact this one is part of since they were merged; its identities and conversations are there. */
            merged_into?: string | null;
            name?: string | null;
            updated_at: components["schemas"]["i64"];
        };
        ContextView: {
            contact: components["schemas"]["ContactView"];
            /**
             * Format: int64
             * @description All conversations of this contact, this one included.
             */
            conversations: number;
            /** @description Other conversations, the latest first; at most ten. */
            earlier: components["schemas"]["EarlierConversation"][];
            /** @description When the contact first wrote. */
            first_seen_at: components["schemas"]["i64"];
            /** @description What the conversation was started with: page, referrer, browser, language, as far as the channel knows. */
            metadata: {
                [key: string]: unknown;
            };
            /**
             * Format: int64
             * @description Of them, those that are open now, this one included if it is.
             */
            open_conversations: number;
        };
        /** @enum {string} */
        ConversationState: "new" | "active" | "awaiting_response" | "transferred" | "closed" | "archived";
        /** @description A conversation as operators see it. */
        ConversationView: {
            accepted_at?: components["schemas"]["i64"] | null;
            archived_at?: components["schemas"]["i64"] | null;
            assignee?: components["schemas"]["PersonRef"] | null;
            channel: components["schemas"]["ChannelKind"];
            close_reason?: string | null;
            close_summary?: string | null;
            closed_at?: components["schemas"]["i64"] | null;
            contact: components["schemas"]["ContactRef"];
            created_at: components["schemas"]["i64"];
            custom_fields: {
                [key: string]: unknown;
            };
            /**
             * Format: int64
             * @description Number of the last message each side has seen; the operators' goes back where one of them marks it unread.
             */
            customer_seen: number;
            /** @description Why to be careful with it. */
            flag?: string | null;
            id: string;
            inbox_id: string;
            last_inbound_at?: components["schemas"]["i64"] | null;
            last_message?: components["schemas"]["LastMessage"] | null;
            /**
             * Format: int64
             * @description Number of the last message.
             */
            last_number: number;
            mail_handover?: components["schemas"]["MailHandover"] | null;
            metadata: {
                [key: string]: unknown;
            };
            /**
             * Format: int64
             * @description Number of the last message that the operators have ever seen: what the customer is told.
             */
            operator_read: number;
            /** Format: int64 */
            operator_seen: number;
            priority: components["schemas"]["Priority"];
            reply_window?: components["schemas"]["ReplyWindow"] | null;
            required_skills: string[];
            state: components["schemas"]["ConversationState"];
            subject?: string | null;
            tags: string[];
            team?: components["schemas"]["PersonRef"] | null;
            transfer?: components["schemas"]["TransferView"] | null;
            updated_at: components["schemas"]["i64"];
            waiting_since?: components["schemas"]["i64"] | null;
        };
        /** @enum {string} */
        CountBy: "utf16_units" | "characters" | "bytes";
        /** @description Each number is the length of a list: the filters that give it are named. */
        Counts: {
            /**
             * Format: int64
             * @description `state=open`
             */
            all_open: number;
            /**
             * Format: int64
             * @description `state=closed`; 10000 stands for that many or more.
             */
            closed: number;
            /**
             * Format: int64
             * @description Open and assigned to the caller (`state=open&assignee=me`).
             */
            mine: number;
            /**
             * Format: int64
             * @description Of these, those in which the customer has written something unseen (`unread=true`).
             */
            mine_unread: number;
            /**
             * Format: int64
             * @description Wait to be accepted by the caller (`queue=true`).
             */
            queue: number;
            /**
             * Format: int64
             * @description Open ones of the caller's teams (`state=open&team=mine`).
             */
            team: number;
            /**
             * Format: int64
             * @description Open ones with an answer that failed or may not have arrived (`state=open&troubled=true`).
             */
            troubled: number;
            /**
             * Format: int64
             * @description Open ones that nobody holds (`state=open&assignee=none`).
             */
            unassigned: number;
        };
        CreatedToken: {
            /** @description Shown this once; only its hash is kept. */
            secret: string;
            token: components["schemas"]["TokenView"];
        };
        DefaultInbox: {
            inbox_id: string;
        };
        DeliveryHistory: components["schemas"]["DeliveryView"] & {
            history: components["schemas"]["AttemptView"][];
        };
        /** @enum {string} */
        DeliveryState: "queued" | "sending" | "retry_wait" | "uncertain" | "sent" | "delivered" | "read" | "failed" | "cancelled";
        DeliveryView: {
            /** Format: int64 */
            attempts: number;
            /** @description The provider's or our own word for what went wrong. */
            code?: string | null;
            conversation_id: string;
            /** Format: int64 */
            created_at: number;
            /** Format: int64 */
            delivered_at?: number | null;
            id: string;
            inbox_id: string;
            message_id: string;
            /**
             * Format: int64
             * @description When the next attempt is due, for `queued` and `retry_wait`.
             */
            next_at?: number | null;
            /** Format: int64 */
            number: number;
            /** Format: int64 */
            read_at?: number | null;
            /** Format: int64 */
            sent_at?: number | null;
            /** @description The same for people, with the way out where there is one. */
            shown?: string | null;
            state: components["schemas"]["DeliveryState"];
            /** Format: int64 */
            updated_at: number;
        };
        Diagnosis: {
            /** @description The channel doctor's list. */
            checks: components["schemas"]["Check"][];
        };
        Draft: {
            /** @description Microseconds since 1970; another one stands for another text. */
            updated_at: components["schemas"]["i64"];
            /** @description An object that the daemon only keeps. */
            value: {
                [key: string]: unknown;
            };
        };
        /** @description What a caller has begun to write in a conversation. */
        Drafts: {
            note?: components["schemas"]["Draft"] | null;
            reply?: components["schemas"]["Draft"] | null;
        };
        EarlierConversation: {
            channel: components["schemas"]["ChannelKind"];
            closed_at?: components["schemas"]["i64"] | null;
            created_at: components["schemas"]["i64"];
            id: string;
            inbox_id: string;
            last_text?: string | null;
            state: components["schemas"]["ConversationState"];
            subject?: string | null;
        };
        Edit: {
            text: string;
        };
        /** @description A known visitor. */
        Entered: {
            identity: components["schemas"]["Proven"];
            inbox_id: string;
            session?: components["schemas"]["SessionView"] | null;
            /** @description Shows who the visitor is, to sockets and to HTTP (`Authorization: Bearer`). */
            token: string;
            visitor: components["schemas"]["VisitorView"];
        };
        /** @description To any supervisor, or to the specialist or team named. */
        Escalate: {
            comment?: string | null;
            operator_id?: string | null;
            team_id?: string | null;
        };
        Evidence: {
            kind: components["schemas"]["EvidenceKind"];
            /** @description Enough by itself. What is not only supports the rest. */
            strong: boolean;
            /** @description What both have, in one spelling. */
            value: string;
        };
        /** @enum {string} */
        EvidenceKind: "account" | "phone" | "email" | "name";
        FaceView: {
            availability: components["schemas"]["WidgetAvailability"];
            colors: components["schemas"]["Colors"];
            files: components["schemas"]["FilesView"];
            greeting?: components["schemas"]["Greeting"] | null;
            /** @description Only visitors whom the site has identified are let in. */
            identity_required: boolean;
            inbox_id: string;
            languages: string[];
            /** @description An e-mail address can be left, to which answers go while the visitor is away (`chat:leave_email`). */
            mail_handover: boolean;
            menu: components["schemas"]["MenuItem"][];
            /** @description The greeter's name, or else the inbox's. */
            name: string;
            opens_at?: components["schemas"]["i64"] | null;
            pre_chat?: components["schemas"]["PreChat"] | null;
            reply_time?: string | null;
            /** @description The widget's texts in the owner's words: language, key, text. */
            texts: {
                [key: string]: unknown;
            };
        };
        FieldError: {
            detail: string;
            pointer: string;
        };
        /** @enum {string} */
        FieldKind: "text" | "email" | "tel" | "select" | "checkbox";
        FilesView: {
            /** Format: int64 */
            max_bytes: number;
            /** @description Types that may be picked, as in an `accept` attribute; empty: all. */
            types: string[];
        };
        /** @description How a visitor is met. */
        Greeting: {
            /** @description Who greets: a person's or the shop's name. */
            name?: string | null;
            text?: string;
            title: string;
        };
        /** @description The state of an inbox's line to its provider. */
        Health: {
            /** @enum {string} */
            state: "connecting";
        } | {
            /** @enum {string} */
            state: "connected";
        } | {
            reason: string;
            /** @enum {string} */
            state: "troubled";
        } | {
            reason: string;
            /** @enum {string} */
            state: "bad_credentials";
        } | {
            reason: string;
            /** @enum {string} */
            state: "misconfigured";
        } | {
            /** @enum {string} */
            state: "paused";
        };
        /** @description Health together with what was seen last. */
        HealthReport: components["schemas"]["Health"] & {
            last_error?: string | null;
            last_error_at?: components["schemas"]["i64"] | null;
            last_event_at?: components["schemas"]["i64"] | null;
            /** @description The last news about the account from the provider itself ([`crate::Inbound::Notice`]). */
            notice?: string | null;
            rate_limited_until?: components["schemas"]["i64"] | null;
            since: components["schemas"]["i64"];
        };
        /** @description What the page knows of its visitor. */
        Identify: {
            email?: string | null;
            /** @description Hex of HMAC-SHA256 of `user_id` under the inbox's identity secret. */
            hmac?: string | null;
            /** @description HS256 under the same secret, with `sub` and `exp`. */
            jwt?: string | null;
            language?: string | null;
            name?: string | null;
            /** @description The token of an earlier visit. */
            token?: string | null;
            /** @description The site's own id of its user, with `hmac` or `jwt` as the proof. */
            user_id?: string | null;
        };
        /** @description One account of a contact at one inbox. */
        IdentityView: {
            blocked_at?: components["schemas"]["i64"] | null;
            channel: components["schemas"]["ChannelKind"];
            created_at: components["schemas"]["i64"];
            /** @description What people would call the address. */
            handle?: string | null;
            id: string;
            inbox_id: string;
            inbox_name: string;
            name?: string | null;
            /** @description Whether it is proved, not just claimed. */
            verified: boolean;
        };
        /** @description What is given changes; a secret given as it was shown stays as it is. */
        InboxChange: {
            name?: string | null;
            options?: components["schemas"]["InboxOptions"] | null;
            settings?: {
                [key: string]: unknown;
            } | null;
        };
        /** @description What the daemon does with an inbox, whatever its channel. */
        InboxOptions: {
            /**
             * @description What a customer's message to a closed conversation does.
             * @default reopen
             */
            on_closed?: components["schemas"]["OnClosed"];
            /**
             * Format: int32
             * @description After how many days a closed conversation is not reopened any more; a new one is made.
             * @default 30
             */
            reopen_days?: number;
        };
        /**
         * @description Where an inbox comes from, by the names that are stored.
         * @enum {string}
         */
        InboxSource: "file" | "api";
        /**
         * @description Whether an inbox works, by the names that are stored.
         * @enum {string}
         */
        InboxState: "running" | "paused";
        InboxView: {
            capabilities?: components["schemas"]["Capabilities"] | null;
            channel: components["schemas"]["ChannelKind"];
            /** Format: int64 */
            created_at: number;
            /** @description State of the line, when it entered it, and what was seen last. */
            health: components["schemas"]["HealthReport"];
            id: string;
            name: string;
            options: components["schemas"]["InboxOptions"];
            /** @description The channel's settings, secrets hidden; for admins only. */
            settings?: {
                [key: string]: unknown;
            } | null;
            /** @description Where it is changed. */
            source: components["schemas"]["InboxSource"];
            state: components["schemas"]["InboxState"];
            /** Format: int64 */
            updated_at: number;
            /** @description Where the provider delivers, for channels with webhooks. */
            webhook_url: string;
        };
        Inboxes: {
            items: components["schemas"]["InboxView"][];
        };
        /** @description What lists show of a conversation: its last message that is neither a note nor a line of the daemon's own. */
        LastMessage: {
            at: components["schemas"]["i64"];
            kind: components["schemas"]["MessageKind"];
            /** Format: int64 */
            number: number;
            sender_type: components["schemas"]["SenderType"];
            /** @description Its beginning; empty where it has no words. */
            text: string;
        };
        /** @description How a [`Duration`] is written. */
        Lasting: {
            /** Format: int32 */
            nanos: number;
            /** Format: int64 */
            secs: number;
        };
        LeftAddress: {
            email: string;
        };
        LinkView: {
            /** Format: int64 */
            expires_at: number;
            /** @description Below the daemon's address. */
            url: string;
        };
        LongForms: {
            /** @description The text with everything the sender sent, where the shown text was trimmed. */
            full_text?: string | null;
            /** @description Sanitised HTML. */
            html?: string | null;
        };
        /** @description Where answers go by mail. */
        MailHandover: {
            at: components["schemas"]["i64"];
            email: string;
            /** @description The mail inbox through which they leave. */
            inbox_id: string;
        };
        /** @description The head of an answer. It is kept in the message's `extra` under the same names as that of a mail that came in. */
        MailReply: {
            /**
             * @description Mail addresses that get a copy, at most 50; empty, the answer goes to the customer alone. Everybody else in the
             *     customer's mail is in its `extra.copies`.
             */
            cc?: string[];
            /** @description Left out, the conversation's. */
            subject?: string | null;
        };
        MemberView: {
            id: string;
            name: string;
        };
        /** @description An option offered at the start. Choosing it begins a conversation with its title as the subject. */
        MenuItem: {
            id: string;
            /** @description The first words; left out, the visitor writes them. */
            text?: string | null;
            title: string;
        };
        Merge: {
            /** @description The contact that becomes part of this one. */
            contact_id: string;
        };
        /** @description Both contacts after a merge or its undoing. */
        MergeView: {
            /** @description The one that was kept. */
            contact: components["schemas"]["ContactView"];
            /** @description The one that became part of it, or is itself again. */
            other: components["schemas"]["ContactView"];
        };
        MessageHit: {
            assignee_id?: string | null;
            at: components["schemas"]["i64"];
            channel: components["schemas"]["ChannelKind"];
            contact_name?: string | null;
            conversation_id: string;
            inbox_id: string;
            kind: components["schemas"]["MessageKind"];
            message_id: string;
            /**
             * Format: int64
             * @description The message's place in its conversation, for jumping there.
             */
            number: number;
            sender_name?: string | null;
            sender_type: components["schemas"]["SenderType"];
            snippet: components["schemas"]["Snippet"];
            state: components["schemas"]["ConversationState"];
            subject?: string | null;
        };
        /** @enum {string} */
        MessageKind: "text" | "image" | "audio" | "voice" | "video" | "animation" | "file" | "sticker" | "location" | "contact" | "interactive" | "link" | "poll" | "order" | "article" | "template" | "action" | "note" | "system" | "unsupported";
        /**
         * @description How far a message has come, by the names that are stored.
         * @enum {string}
         */
        MessageStatus: "received" | "queued" | "sent" | "delivered" | "read" | "failed" | "uncertain" | "cancelled" | "none";
        /** @description One entry of a conversation. */
        MessageView: {
            amendment?: components["schemas"]["AmendmentView"] | null;
            /** @description When it was stored here. */
            at: components["schemas"]["i64"];
            attachments: components["schemas"]["AttachmentView"][];
            /** @description Written by a machine. */
            automatic: boolean;
            client_id?: string | null;
            conversation_id: string;
            deleted_at?: components["schemas"]["i64"] | null;
            edited_at?: components["schemas"]["i64"] | null;
            extra: {
                [key: string]: unknown;
            };
            /** @description Whether text was trimmed (quotations) and the whole can be asked for. */
            has_full_text: boolean;
            /** @description Whether there is sanitised HTML to show (`GET …/messages/{id}/html`). */
            has_html: boolean;
            id: string;
            kind: components["schemas"]["MessageKind"];
            /**
             * Format: int64
             * @description Place in the conversation, from 1, without regard to provider time.
             */
            number: number;
            reactions: components["schemas"]["ReactionView"][];
            /** @description Id of the message this one answers. */
            reply_to?: string | null;
            sender_id?: string | null;
            sender_name?: string | null;
            sender_type: components["schemas"]["SenderType"];
            sent_at?: components["schemas"]["i64"] | null;
            status: components["schemas"]["MessageStatus"];
            text: string;
        };
        NewArticle: {
            body: string;
            state?: components["schemas"]["ArticleState"] | null;
            title: string;
        };
        NewCannedResponse: {
            /** @description May contain `{{customer_name}}`, `{{operator_name}}`, `{{conversation_subject}}` and `{{channel}}`. */
            content: string;
            sharing?: components["schemas"]["Sharing"] | null;
            shortcut: string;
            /** @description With `sharing: team`. */
            team_id?: string | null;
            /** @description The shortcut when left out. */
            title?: string | null;
        };
        /** @description A conversation to be begun, and its first message. */
        NewConversation: {
            /** @description The article shared, for kind `article`. */
            article_id?: string | null;
            /** @description Ids of uploads. */
            attachments?: string[];
            /** @description Made by the client, unique among what this operator begins with this contact: sending it again changes nothing. */
            client_id: string;
            /** @description As of an answer. */
            extra?: {
                [key: string]: unknown;
            } | null;
            /** @description Where the customer is written to; the inbox is its inbox. */
            identity_id: string;
            /** @description `text` (also with attachments), `article`, `location`, `contact` or `template`. */
            kind?: string | null;
            /** @description Needed where the channel's `threads` is `many` (mail). */
            subject?: string | null;
            text?: string;
        };
        /** @description A new inbox. */
        NewInbox: {
            channel: components["schemas"]["ChannelKind"];
            name: string;
            options?: components["schemas"]["InboxOptions"];
            /** @description The channel's own settings. */
            settings?: {
                [key: string]: unknown;
            };
        };
        NewOperator: {
            /**
             * Format: int64
             * @description Conversations held at once at most; 10 when left out.
             */
            capacity?: number | null;
            email: string;
            name: string;
            password: string;
            role: components["schemas"]["Role"];
            skills?: string[];
        };
        /** @description An operator's message. */
        NewReply: {
            /** @description The article shared, for kind `article`. */
            article_id?: string | null;
            /** @description Ids of uploads. */
            attachments?: string[];
            /** @description Made by the client, unique in the conversation: sending the same one again changes nothing. */
            client_id: string;
            /** @description `location`, `contacts` or `template` for the kinds of these names, `buttons` beside a text. */
            extra?: {
                [key: string]: unknown;
            } | null;
            /** @description `text` (also with attachments), `note`, `article`, `location`, `contact` or `template`. */
            kind?: string | null;
            mail?: components["schemas"]["MailReply"] | null;
            /** @description Operators mentioned in a note. */
            mentions?: string[];
            /** @description Id of the message this one answers. */
            reply_to?: string | null;
            /** @description Of a location, contact or template only how it reads in lists; made from `extra` when it is left out. */
            text?: string;
        };
        /** @description What a browser's `PushSubscription.toJSON()` gives. */
        NewSubscription: {
            /** @description Where the browser's push service takes messages for it; HTTPS. */
            endpoint: string;
            /**
             * Format: double
             * @description Not used: services say themselves when a subscription has ended.
             */
            expirationTime?: number | null;
            keys: components["schemas"]["SubscriptionKeys"];
        };
        NewTeam: {
            name: string;
        };
        NewToken: {
            expires_at?: components["schemas"]["i64"] | null;
            /** @description What it is for. */
            name: string;
            role?: components["schemas"]["Role"] | null;
        };
        /** @enum {string} */
        OnClosed: "reopen" | "new";
        /** @description What is left out stays as it is. */
        OperatorChange: {
            /**
             * Format: int64
             * @default null
             */
            capacity?: number | null;
            /**
             * @description A disabled operator cannot sign in; what they wrote stays.
             * @default null
             */
            disabled?: boolean | null;
            /** @default null */
            email?: string | null;
            /** @default null */
            name?: string | null;
            /** @default null */
            password?: string | null;
            /** @default null */
            role?: components["schemas"]["Role"] | null;
            /** @default null */
            skills?: string[] | null;
        };
        OperatorHit: {
            availability: components["schemas"]["Availability"];
            id: string;
            name: string;
            role: components["schemas"]["Role"];
            snippet: components["schemas"]["Snippet"];
        };
        /** @description An operator as the API shows one. */
        OperatorView: {
            availability: components["schemas"]["Availability"];
            /**
             * Format: int64
             * @description Conversations held at once at most.
             */
            capacity: number;
            created_at: components["schemas"]["i64"];
            disabled_at?: components["schemas"]["i64"] | null;
            email: string;
            id: string;
            last_active_at?: components["schemas"]["i64"] | null;
            name: string;
            role: components["schemas"]["Role"];
            skills: string[];
        };
        /** @description One page of a list. */
        Page_ArticleView: {
            items: components["schemas"]["ArticleView"][];
            /** @description Null on the last page. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_CannedResponseView: {
            items: components["schemas"]["CannedResponseView"][];
            /** @description Null on the last page. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_ContactHit: {
            items: components["schemas"]["ContactHit"][];
            /** @description Null on the last page. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_ContactView: {
            items: components["schemas"]["ContactView"][];
            /** @description Null on the last page. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_ConversationView: {
            items: components["schemas"]["ConversationView"][];
            /** @description Null on the last page. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_DeliveryView: {
            items: components["schemas"]["DeliveryView"][];
            /** @description Null on the last page. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_MessageHit: {
            items: components["schemas"]["MessageHit"][];
            /** @description Null on the last page. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_MessageView: {
            items: components["schemas"]["MessageView"][];
            /** @description Null on the last page. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_OperatorView: {
            items: components["schemas"]["OperatorView"][];
            /** @description Null on the last page. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        Page_RawEventView: {
            items: components["schemas"]["RawEventView"][];
            /** @description Null on the last page. */
            next_cursor?: string | null;
        };
        PersonRef: {
            id: string;
            name: string;
        };
        /** @description What is asked before a conversation. */
        PreChat: {
            /** @description The sentence a visitor must agree to. */
            consent?: string | null;
            fields?: components["schemas"]["PreChatField"][];
        };
        PreChatField: {
            kind?: components["schemas"]["FieldKind"];
            label: string;
            /** @description `name`, `email`, `phone` and `topic` are known; any other is a custom field. */
            name: string;
            /** @description Of a `select`. */
            options?: string[];
            required?: boolean;
        };
        /** @enum {string} */
        Priority: "low" | "medium" | "high" | "urgent";
        /** @description The body of an error answer, and of a refused socket event. */
        Problem: {
            /** @description Short machine-readable word, the end of `type`. */
            code: string;
            detail: string;
            /** @description What was wrong with which field, as JSON pointers. */
            errors?: components["schemas"]["FieldError"][];
            /** @description Facts that help the caller, such as who holds the conversation. */
            extra?: {
                [key: string]: unknown;
            };
            /** @description The request that was refused: the id of its log line (RFC 9457 §3.1.5). */
            instance?: string | null;
            /** Format: int32 */
            status: number;
            title: string;
            /** @description A stable address that names the kind of problem. */
            type: string;
        };
        /**
         * @description Whether it is certain who a visitor is.
         * @enum {string}
         */
        Proven: "verified" | "anonymous";
        PushKey: {
            /** @description For `pushManager.subscribe` as `applicationServerKey`: an uncompressed point of P-256, base64url. */
            key: string;
        };
        QueueStatistics: {
            by_channel: {
                [key: string]: components["schemas"]["Waiting"];
            };
            by_priority: {
                [key: string]: components["schemas"]["Waiting"];
            };
            /** @description Conversations in each state. */
            by_state: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Seconds the longest one has been waiting; 0 when none waits.
             */
            longest_wait_s: number;
            /**
             * Format: int64
             * @description Mean of the current waits, in seconds.
             */
            mean_wait_s: number;
            /**
             * Format: int64
             * @description Conversations that wait to be accepted.
             */
            waiting: number;
        };
        /** @description A highlighted part of a snippet, in UTF-16 units as browsers count. */
        Range: {
            length: number;
            start: number;
        };
        /** @description At most `burst` sends at once and `per_second` in the long run. */
        Rate: {
            /** Format: int32 */
            burst: number;
            /** Format: double */
            per_second: number;
        };
        /** @description A raw event and its fate. */
        RawEventView: {
            id: string;
            inbox_id: string;
            /** @description The provider's own key of the event. */
            key: string;
            /** @description Messages it made. */
            messages: components["schemas"]["RawMessageRef"][];
            /** @description Why it was ignored or quarantined. */
            reason?: string | null;
            received_at: components["schemas"]["i64"];
            /** Format: int64 */
            replays: number;
            /** Format: int64 */
            size_bytes: number;
            state: components["schemas"]["RawState"];
        };
        RawMessageRef: {
            conversation_id: string;
            message_id: string;
            /** Format: int64 */
            number: number;
        };
        /**
         * @description What became of a raw event, by the names that are stored.
         * @enum {string}
         */
        RawState: "applied" | "ignored" | "quarantined";
        React: {
            /** @description Where the channel names its emoji (`capabilities.reaction_set`), one of these. */
            emoji: string;
        };
        ReactionView: {
            actor: string;
            emoji: string;
        };
        RenderBody: {
            conversation_id: string;
        };
        Rendered: {
            /** @description Variables without a value; they are still visible in the text. */
            missing: string[];
            text: string;
        };
        Replayed: {
            /** @description Messages the event stands for: made now, or when it was applied before. */
            messages: components["schemas"]["RawMessageRef"][];
            outcome: components["schemas"]["RawState"];
            reason?: string | null;
        };
        /** @description The time after the customer's last message in which free messages may be sent. */
        ReplyWindow: {
            free_until: components["schemas"]["i64"];
            human_until?: components["schemas"]["i64"] | null;
            /** @description What can still be done afterwards, in plain words. */
            way_out: string;
        };
        /** @description What a message said at one time. */
        RevisionView: {
            /** @description Until then the message said this. */
            at: components["schemas"]["i64"];
            /**
             * Format: int64
             * @description From 1, the oldest.
             */
            number: number;
            text: string;
            /** @description `edit` or `delete`: what ended it. */
            what: string;
        };
        Revisions: {
            items: components["schemas"]["RevisionView"][];
        };
        /**
         * @description What an operator (or a token) is allowed to do. Each later role of the first three includes the earlier ones.
         * @enum {string}
         */
        Role: "operator" | "supervisor" | "admin" | "auditor";
        /** @description What was found, newest first; null where nothing was looked for. */
        SearchView: {
            contacts?: components["schemas"]["Page_ContactHit"] | null;
            messages?: components["schemas"]["Page_MessageHit"] | null;
            operators?: components["schemas"]["OperatorHit"][] | null;
        };
        Seen: {
            /**
             * Format: int64
             * @description Number of the last message seen.
             */
            number: number;
        };
        /**
         * @description Who wrote a message, by the names that are stored.
         * @enum {string}
         */
        SenderType: "customer" | "operator" | "assistant" | "system";
        /** @description The shape of [`customer_session`]. */
        SessionView: {
            assignee?: components["schemas"]["PersonRef"] | null;
            closed_at?: components["schemas"]["i64"] | null;
            created_at: components["schemas"]["i64"];
            id: string;
            inbox_id: string;
            mail_handover?: components["schemas"]["LeftAddress"] | null;
            /**
             * Format: int64
             * @description Number of the last message the operators have seen.
             */
            operator_seen: number;
            state: components["schemas"]["ConversationState"];
            subject?: string | null;
        };
        SetAvailability: {
            availability: components["schemas"]["Availability"];
        };
        SetUp: {
            email: string;
            name: string;
            password: string;
            /** @description From the link the daemon showed when it started. */
            token: string;
        };
        Settings: {
            /** @description Why a conversation may be closed: the fixed reasons, then the business's own. Others are taken as well. */
            close_reasons: string[];
            /** @description Nothing here is real: the daemon runs as `trunkline demo`. */
            demo: boolean;
            /** @description Files of one message. */
            max_attachments: number;
            /** @description Bytes of what an operator may keep at `/api/v1/me/preferences`. */
            max_preferences_bytes: number;
            /** @description Characters of one message. */
            max_text_chars: number;
            /** @description Bytes of one file. */
            max_upload_bytes: number;
            /** @description How people reach the daemon; without a slash at its end. */
            public_url: string;
            version: string;
            waiting: components["schemas"]["WaitingSettings"];
        };
        /** @enum {string} */
        SettledAs: "sent";
        /** @description How a person settles a doubt. */
        Settlement: {
            as: components["schemas"]["SettledAs"];
        };
        SetupState: {
            /** @description Nothing here is real: the daemon runs as `trunkline demo`. */
            demo: boolean;
            /** @description Whether the first admin has still to be made. */
            open: boolean;
        };
        /**
         * @description Whose it is.
         * @enum {string}
         */
        Sharing: "personal" | "team" | "shared";
        SignIn: {
            email: string;
            password: string;
        };
        SignedIn: {
            operator: components["schemas"]["OperatorView"];
        };
        Snippet: {
            ranges: components["schemas"]["Range"][];
            /** @description One line; begins or ends with an ellipsis where the text goes on. */
            text: string;
        };
        SocketToken: {
            expires_at: components["schemas"]["i64"];
            token: string;
        };
        /** @description What has begun. */
        Started: {
            conversation: components["schemas"]["ConversationView"];
            message: components["schemas"]["MessageView"];
        };
        /** @description Both base64url. */
        SubscriptionKeys: {
            /** @description 16 bytes shared with the browser. */
            auth: string;
            /** @description The browser's public key: an uncompressed point of P-256. */
            p256dh: string;
        };
        /** @description One browser, shown to its operator only. */
        SubscriptionView: {
            created_at: components["schemas"]["i64"];
            endpoint: string;
            /**
             * Format: int64
             * @description Notifications given up since then.
             */
            failures: number;
            id: string;
            last_ok_at?: components["schemas"]["i64"] | null;
        };
        Subscriptions: {
            /** @description Oldest first. */
            items: components["schemas"]["SubscriptionView"][];
        };
        /** @description Another contact that may be the same person. */
        Suggestion: {
            contact: components["schemas"]["ContactView"];
            evidence: components["schemas"]["Evidence"][];
        };
        TeamChange: {
            name: string;
        };
        TeamView: {
            created_at: components["schemas"]["i64"];
            id: string;
            /** @description By name. */
            members: components["schemas"]["MemberView"][];
            name: string;
        };
        Teams: {
            items: components["schemas"]["TeamView"][];
        };
        /** @description A template as the provider knows it. */
        Template: {
            body: string;
            /** @description Positions of the buttons that need a value: the rest of an address, or a code. */
            button_variables: number[];
            buttons: string[];
            category?: string | null;
            footer?: string | null;
            header?: string | null;
            /** @description `image`, `video` or `document` where the header is a file, which then comes with the message. */
            header_file?: string | null;
            /** @description The same of the header's. */
            header_variables: string[];
            language: string;
            name: string;
            /** @description As the provider says: `APPROVED`, `PENDING`, `REJECTED`, `PAUSED`, …; only approved ones can be sent. */
            status: string;
            /** @description Names or positions (`1`, `2`, …) of the body's variables, in order. */
            variables: string[];
        };
        Templates: {
            /** @description As the provider knows them, all states. */
            items: components["schemas"]["Template"][];
        };
        /** @description How long a text may be, in the provider's own count. */
        TextLimit: {
            count_by: components["schemas"]["CountBy"];
            max: number;
        };
        /**
         * @description Whether a contact has one line in this inbox or many threads side by side.
         * @enum {string}
         */
        Threads: "single" | "many";
        /** @description A token without what would let anybody use it. */
        TokenView: {
            created_at: components["schemas"]["i64"];
            expires_at?: components["schemas"]["i64"] | null;
            id: string;
            last_used_at?: components["schemas"]["i64"] | null;
            name: string;
            operator_id: string;
            role: components["schemas"]["Role"];
        };
        Tokens: {
            /** @description Newest first. */
            items: components["schemas"]["TokenView"][];
        };
        /** @description To an operator or to a team, with a comment for the receiver. */
        Transfer: {
            comment?: string | null;
            operator_id?: string | null;
            team_id?: string | null;
        };
        TransferView: {
            comment?: string | null;
            /** @description Waits for any supervisor. */
            escalated: boolean;
            from?: components["schemas"]["PersonRef"] | null;
        };
        UploadForm: {
            /** Format: binary */
            file: string;
        };
        /** @description A file that is not part of a message yet. */
        UploadView: {
            content_type: string;
            created_at: components["schemas"]["i64"];
            id: string;
            name: string;
            /** Format: int64 */
            size: number;
        };
        VisitorView: {
            email?: string | null;
            id: string;
            name?: string | null;
        };
        Waiting: {
            /** Format: int64 */
            longest_wait_s: number;
            /** Format: int64 */
            waiting: number;
        };
        /** @description From when on a waiting customer is shown as one who has waited too long. */
        WaitingSettings: {
            /** Format: int64 */
            breach_after_s: number;
            /** Format: int64 */
            warn_after_s: number;
        };
        /** @enum {string} */
        WidgetAvailability: "online" | "away" | "closed";
        /** @description The time after the customer's last message in which free messages may be sent. */
        Window: {
            /** Format: int64 */
            free: number;
            /**
             * Format: int64
             * @description Longer, for answers written by a person (Messenger's human agent).
             */
            human?: number | null;
            /** @description What an operator can still do afterwards, in plain words. */
            way_out: string;
        };
        Workload: {
            /**
             * Format: int64
             * @description Conversations accepted and not closed.
             */
            active_conversations: number;
            /** @description `online`, `away` or `offline`. */
            availability: string;
            /**
             * Format: int64
             * @description Conversations held at once at most.
             */
            capacity: number;
            /** Format: int64 */
            free_slots: number;
            operator_id: string;
        };
        /** Format: int64 */
        i64: number;
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_articles: {
        parameters: {
            query?: {
                state?: components["schemas"]["ArticleState"];
                /** @description Words of title or body. */
                q?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ArticleView"];
                };
            };
        };
    };
    create_article: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewArticle"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArticleView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_article: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArticleView"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_article: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ArticleChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ArticleView"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    fetch_attachment: {
        parameters: {
            query?: {
                /** @description 1: show it in the browser, where its type is harmless (pictures, audio, video). */
                inline?: number;
                /** @description Of a signed link, which needs no session: Unix seconds. */
                expires?: number;
                /** @description Of the same. */
                signature?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": number[];
                };
            };
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Not fetched from the provider yet */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    fetch_again: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttachmentView"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    link: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LinkView"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_canned_responses: {
        parameters: {
            query?: {
                /** @description Beginning of the shortcut. */
                q?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_CannedResponseView"];
                };
            };
        };
    };
    create_canned_response: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCannedResponse"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CannedResponseView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_canned_response: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CannedResponseView"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_canned_response: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_canned_response: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CannedResponseChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CannedResponseView"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    render_canned_response: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RenderBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rendered"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_contacts: {
        parameters: {
            query?: {
                /** @description Words of names and handles; the last may be a beginning. */
                q?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ContactView"];
                };
            };
        };
    };
    get_contact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactView"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_contact: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ContactChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_conversations_of_contact: {
        parameters: {
            query?: {
                /** @description Items wanted, 1 to 200; 50 when left out. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ConversationView"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    start_conversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewConversation"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Started"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description already_open (with its conversation_id), blocked, inbox_paused, no_line or window_closed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description invalid_content, not_supported or client_id_reused */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    merge_contacts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Merge"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MergeView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_merge_suggestions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Suggestion"][];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unmerge_contacts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MergeView"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_conversations: {
        parameters: {
            query?: {
                /** @description One state or several, separated by commas; `open` stands for all open ones. */
                state?: string;
                channel?: string;
                inbox_id?: string;
                /** @description An operator's id, `me` or `none`. */
                assignee?: string;
                /** @description A team's id, `mine` for any of the caller's, or `none`. */
                team?: string;
                contact_id?: string;
                tag?: string;
                priority?: components["schemas"]["Priority"];
                skill?: string;
                created_from?: components["schemas"]["i64"];
                created_to?: components["schemas"]["i64"];
                /** @description Changed from this moment on, up to but without that one. */
                updated_from?: components["schemas"]["i64"];
                updated_to?: components["schemas"]["i64"];
                /** @description Whether the customer has written something that the operators' side has not seen. */
                unread?: boolean;
                /** @description Whether an answer has failed, or may not have arrived. */
                troubled?: boolean;
                /** @description Customers who have been waiting for an answer for this many seconds. */
                waiting_over_s?: number;
                /** @description `true`: those that wait to be accepted by the caller, themselves or as one of a team. */
                queue?: boolean;
                /** @description `recent` when left out. */
                sort?: "recent" | "priority" | "waiting";
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ConversationView"];
                };
            };
        };
    };
    counts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Counts"];
                };
            };
        };
    };
    get_conversations: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationView"];
                };
            };
        };
    };
    update_conversations: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Change"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationView"];
                };
            };
        };
    };
    accept: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationView"];
                };
            };
            /** @description already_accepted or illegal_move */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    archive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationView"];
                };
            };
        };
    };
    assign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Assign"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationView"];
                };
            };
        };
    };
    close: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Close"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationView"];
                };
            };
        };
    };
    get_conversation_context: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContextView"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    drafts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Drafts"];
                };
            };
        };
    };
    keep_draft: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                kind: "reply" | "note";
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Draft"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    drop_draft: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                kind: "reply" | "note";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    escalate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Escalate"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationView"];
                };
            };
        };
    };
    history_conversations_messages: {
        parameters: {
            query?: {
                /** @description Messages with a lower number, newest first. */
                before?: number;
                /** @description Messages with a higher number, oldest first. */
                after?: number;
                /** @description 1 to 200; 50 when left out. */
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_MessageView"];
                };
            };
        };
    };
    reply: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewReply"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageView"];
                };
            };
        };
    };
    delete_message: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageView"];
                };
            };
            /** @description not_sent, deleted or no_line */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_supported */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    edit_message: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                message_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Edit"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageView"];
                };
            };
            /** @description not_sent, deleted or no_line */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_supported */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    long_forms: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LongForms"];
                };
            };
        };
    };
    html: {
        parameters: {
            query?: {
                /**
                 * @description 1: with the images that are elsewhere, as far as `https` leads to them. Fetching them tells the sender that the mail was
                 *     read, when and where.
                 */
                images?: number;
            };
            header?: never;
            path: {
                id: string;
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": unknown;
                };
            };
        };
    };
    raw_of_message: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": unknown;
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    react: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                message_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["React"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageView"];
                };
            };
            /** @description not_sent, deleted or no_line */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_supported */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    take_reaction_back: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageView"];
                };
            };
            /** @description not_sent, deleted or no_line */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description not_supported */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    revisions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Revisions"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reopen: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationView"];
                };
            };
        };
    };
    seen: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Seen"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    transfer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Transfer"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationView"];
                };
            };
        };
    };
    unread: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationView"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description illegal_move */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_deliveries: {
        parameters: {
            query?: {
                state?: "queued" | "sending" | "retry_wait" | "uncertain" | "sent" | "delivered" | "read" | "failed" | "cancelled";
                /** @description Id of an inbox. */
                inbox?: string;
                /** @description Items wanted, 1 to 200; 50 when left out. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_DeliveryView"];
                };
            };
        };
    };
    cancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryView"];
                };
            };
            /** @description illegal_move */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    retry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryView"];
                };
            };
            /** @description illegal_move */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    settle: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Settlement"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryView"];
                };
            };
            /** @description illegal_move */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    events: {
        parameters: {
            query?: {
                /**
                 * @description The last event number seen; what was missed comes first, or an event `reset` says that it was too much. The
                 *     header `Last-Event-ID` goes before it.
                 */
                after?: string;
                /** @description Only this stream: `conversation:<id>`, `contact:<id>`, `operators`, `inboxes` or `raw_events`. */
                stream?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
        };
    };
    list_inboxes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Inboxes"];
                };
            };
        };
    };
    create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewInbox"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InboxView"];
                };
            };
            /** @description the settings cannot work */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description name_taken */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_inboxes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InboxView"];
                };
            };
        };
    };
    remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description from_file */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    update_inboxes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InboxChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InboxView"];
                };
            };
            /** @description from_file or name_taken */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    diagnose: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Diagnosis"];
                };
            };
        };
    };
    pause: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InboxView"];
                };
            };
        };
    };
    resume: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InboxView"];
                };
            };
        };
    };
    templates: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Templates"];
                };
            };
            /** @description not_supported or no_line */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description provider_refused */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description provider_silent */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorView"];
                };
            };
        };
    };
    change_oneself: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeOneself"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    note_activity: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    set_availability: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetAvailability"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    change_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangePassword"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description wrong_credentials */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    preferences: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    set_preferences: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_push_subscriptions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscriptions"];
                };
            };
        };
    };
    put_push_subscription: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSubscription"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description too_many_subscriptions */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description push_off */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_push_subscription: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    test_push_subscription: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the push service has it */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description subscription_ended: the browser has unsubscribed; it is removed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description push_failed: the push service did not take it */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    of_message: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryHistory"];
                };
            };
            /** @description not an outgoing message */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_operators: {
        parameters: {
            query?: {
                /** @description Items wanted, 1 to 200; 50 when left out. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_OperatorView"];
                };
            };
        };
    };
    create_operator: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOperator"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description email_taken */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_operator: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorView"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_operator: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OperatorChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorView"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description email_taken, last_admin */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    workload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Workload"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    push_key: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PushKey"];
                };
            };
            /** @description push_off */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    queue_statistics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueStatistics"];
                };
            };
        };
    };
    list_raw_events: {
        parameters: {
            query?: {
                state?: "applied" | "ignored" | "quarantined";
                inbox_id?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_RawEventView"];
                };
            };
        };
    };
    body: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
        };
    };
    replay: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replayed"];
                };
            };
        };
    };
    search: {
        parameters: {
            query: {
                /** @description Words; all must be there, the last may be a beginning. */
                q: string;
                /** @description What to search; everything when left out. */
                in?: "messages" | "contacts" | "operators" | "all";
                /** @description Filters for messages, by their conversation. */
                channel?: string;
                inbox?: string;
                state?: "new" | "active" | "awaiting_response" | "transferred" | "closed" | "archived";
                /** @description An operator's id, `me` or `none`. */
                assignee?: string;
                /** @description Filters for messages, by their time: from this moment, up to but without that one. */
                from?: components["schemas"]["i64"];
                to?: components["schemas"]["i64"];
                /** @description Of each kind, 1 to 50; 20 when left out. */
                limit?: number;
                /** @description Where one kind is searched: `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    sign_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedIn"];
                };
            };
            /** @description wrong_credentials */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description too many failures */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    sign_out_everywhere: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    settings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
        };
    };
    setup_state: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SetupState"];
                };
            };
        };
    };
    set_up: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetUp"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedIn"];
                };
            };
            /** @description stale_setup_link */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    socket_token: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SocketToken"];
                };
            };
        };
    };
    list_teams: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Teams"];
                };
            };
        };
    };
    create_team: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTeam"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamView"];
                };
            };
            /** @description name_taken */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_team: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description team_in_use */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_team: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TeamChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamView"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    add_member: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                operator_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_member: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                operator_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_tokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tokens"];
                };
            };
        };
    };
    create_token: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewToken"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedToken"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    upload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description One field, `file` */
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["UploadForm"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadView"];
                };
            };
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    default_inbox: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DefaultInbox"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    history_widget_sessions_messages: {
        parameters: {
            query?: {
                /** @description Messages with a lower number, newest first. */
                before?: number;
                /** @description Messages with a higher number, oldest first. */
                after?: number;
                /** @description 1 to 200; 50 when left out. */
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_MessageView"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    shown: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                inbox_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FaceView"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    visitors: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                inbox_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Identify"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entered"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
