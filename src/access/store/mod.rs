//! Tables `operators`, `sessions`, `api_tokens`, `setup_links`, `teams` and `team_members`.

pub mod operators;
pub mod sessions;
pub mod setup_links;
pub mod teams;
pub mod tokens;
