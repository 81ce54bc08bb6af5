//! Web chat: a connector like the rest, whose wire is the daemon's own realtime.
