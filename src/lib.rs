//! The Trunkline daemon: conversations, their queue, and everything that happens to them. It knows no provider; those
//! are in `channels/`, and [`connectors`] is the only place that names one.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::allow_attributes))]

pub mod abilities;
pub mod access;
pub mod app;
pub mod articles;
pub mod backup;
pub mod blobs;
pub mod canned;
pub mod chores;
pub mod cli;
pub mod compat;
pub mod config;
pub mod connectors;
pub mod console;
pub mod contacts;
pub mod conversations;
pub mod db;
pub mod deliveries;
pub mod demo;
pub mod events;
pub mod handover;
pub mod http;
pub mod ids;
pub mod inboxes;
pub mod intake;
pub mod keys;
pub mod lifecycle;
pub mod observe;
pub mod presence;
pub mod push;
pub mod realtime;
pub mod search;
pub mod serve;
pub mod services;
pub mod supervisor;
pub mod uploads;
pub mod widget;
