//! Who gets in, and how far.

mod roles;
mod sessions;
