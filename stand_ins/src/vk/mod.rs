//! The VK API with Bots Long Poll and a sender of callbacks.
