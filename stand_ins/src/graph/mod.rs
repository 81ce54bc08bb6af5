//! The Graph API: what its two products share, and each of them.

pub mod messenger;
pub mod whatsapp;
