//! Behaviour through the daemon's own parts and through the real daemon, in one binary.
#![allow(clippy::unwrap_used, clippy::allow_attributes, clippy::string_slice, clippy::type_complexity)]
// Tests talk to the daemon they started, on loopback.
#![allow(clippy::disallowed_methods)]

mod access;
mod backup;
mod bad_input;
mod channels;
mod console;
mod conversations;
mod crash;
mod daemon;
mod deliveries;
mod demo;
mod desk;
mod drain;
mod evidence;
mod flood;
mod inboxes;
mod intake;
mod leases;
mod logs;
mod mail;
mod messenger;
mod openapi;
mod pages;
mod people;
mod pre_chat;
mod presses;
mod proof;
mod push;
mod realtime;
mod reply_window;
mod starting;
mod store;
mod streams;
mod support;
mod telegram;
mod telegram_changes;
mod tools;
mod visitors;
mod vk;
mod whatsapp;
mod widget;
