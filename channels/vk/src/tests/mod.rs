//! The connector against recorded shapes of events and against the stand-in.

mod payloads;
