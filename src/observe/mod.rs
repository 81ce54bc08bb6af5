//! What the daemon tells of itself: log lines, figures, health. Never what people wrote, nor who they are.

mod health;
mod logs;
mod metrics;
mod requests;
mod store;

pub use health::routes as health_routes;
pub use logs::{init as init_logs, is_log_level};
pub use metrics::{install as install_metrics, routes as metrics_routes};
pub use requests::{observed, request_id};
