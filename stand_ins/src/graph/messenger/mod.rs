//! The Messenger Platform.
