//! The built console and widget, embedded.
