//! What a message becomes.
