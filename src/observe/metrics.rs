//! Figures for Prometheus, on a listener of their own. Labels are ours: routes, channels, states; never people's data.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use trunkline_channel::Micros;

use std::sync::{Arc, OnceLock};

use super::store::{self, Waiting};
use crate::app::App;
use crate::db::DbError;

/// Asking the store costs; whoever scrapes more often gets the figures of the last time.
const FRESH: Duration = Duration::from_secs(5);
/// A store that needs longer is missing from the page, which says so by `trunkline_store_up`.
const PATIENCE: Duration = Duration::from_secs(3);
/// By when everything that arrived must be accounted for, in microseconds.
const ACCOUNTED_WITHIN: Micros = 60 * 1_000_000;
/// Upper bounds of the buckets, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
const EVENTS: [f64; 7] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts counting; what is counted earlier is lost. Once per process.
pub fn install() -> Result<(), BuildError> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_events".to_owned()), &EVENTS)?;
    let handle = builder.install_recorder()?;
    let _ = RECORDER.set(handle);
    describe();
    Ok(())
}

/// The routes of the metrics listener.
pub fn routes(app: App) -> Router {
    let page = Page { app, sampled: Arc::new(Mutex::new(None)) };
    Router::new().route("/metrics", get(metrics_page)).with_state(page)
}

#[derive(Clone)]
struct Page {
    app: App,
    sampled: Arc<Mutex<Option<Instant>>>,
}

async fn metrics_page(State(page): State<Page>) -> Response {
    let Some(recorder) = RECORDER.get() else { return StatusCode::NOT_FOUND.into_response() };
    let mut sampled = page.sampled.lock().await;
    if sampled.is_none_or(|at| at.elapsed() > FRESH) {
        let up = matches!(timeout(PATIENCE, sample(&page.app)).await, Ok(Ok(())));
        metrics::gauge!("trunkline_store_up").set(u8::from(up));
        *sampled = Some(Instant::now());
    }
    drop(sampled);
    recorder.run_upkeep();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], recorder.render()).into_response()
}

/// Asks the store and sets the gauges.
async fn sample(app: &App) -> Result<(), DbError> {
    let now = app.now();
    let (open, idle) = app.db.connections();
    metrics::gauge!("trunkline_store_connections", "state" => "busy").set(open.saturating_sub(idle));
    metrics::gauge!("trunkline_store_connections", "state" => "idle").set(idle);
    metrics::gauge!("trunkline_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    set(now, "trunkline_queue_conversations", "trunkline_queue_oldest_wait_seconds", "channel", store::queue(&app.db).await?);
    set(now, "trunkline_outbox_deliveries", "trunkline_outbox_oldest_age_seconds", "state", store::outbox(&app.db).await?);
    set(
        now,
        "trunkline_raw_events_set_aside",
        "trunkline_raw_events_oldest_age_seconds",
        "state",
        store::set_aside(&app.db).await?,
    );
    let unaccounted = store::unaccounted(&app.db, now - ACCOUNTED_WITHIN).await?;
    metrics::gauge!("trunkline_unaccounted_total").set(float(unaccounted));
    metrics::gauge!("trunkline_events_last_seq").set(float(store::last_event(&app.db).await?));
    Ok(())
}

/// Every label that may occur is set, so that a figure falls back to zero when nothing waits any more.
fn set(now: Micros, count: &'static str, age: &'static str, label: &'static str, rows: Vec<Waiting>) {
    let known: &[&str] = match label {
        "channel" => &["web_chat", "telegram", "whatsapp", "vk", "email", "messenger"],
        _ if count.contains("outbox") => &["queued", "sending", "retry_wait", "uncertain"],
        _ => &["ignored", "quarantined"],
    };
    for name in known {
        let row = rows.iter().find(|row| row.label == *name);
        let waited = row.and_then(|row| row.oldest_at).map_or(0, |oldest| (now - oldest).max(0));
        metrics::gauge!(count, label => *name).set(float(row.map_or(0, |row| row.count)));
        metrics::gauge!(age, label => *name).set(float(waited) / 1e6);
    }
}

#[expect(clippy::cast_precision_loss, reason = "Prometheus knows floats only; 2^53 is far away")]
fn float(value: i64) -> f64 {
    value as f64
}

fn describe() {
    use metrics::{describe_counter as counter, describe_gauge as gauge, describe_histogram as histogram};
    counter!("trunkline_http_requests_total", "Requests answered, by method, route and status");
    histogram!("trunkline_http_request_seconds", "Time from the headers of a request to those of its answer");
    counter!("trunkline_intake_events_total", "Raw events taken in, by channel and outcome");
    histogram!("trunkline_intake_batch_events", "Raw events stored by one transaction");
    counter!("trunkline_send_attempts_total", "Attempts to send, by outcome");
    gauge!("trunkline_queue_conversations", "Conversations that nobody has accepted, by channel");
    gauge!("trunkline_queue_oldest_wait_seconds", "Longest wait in the queue, by channel");
    gauge!("trunkline_outbox_deliveries", "Deliveries that have not come to an end, by state");
    gauge!("trunkline_outbox_oldest_age_seconds", "Age of the oldest of them, by state");
    gauge!("trunkline_raw_events_set_aside", "Raw events that became no effect, by state");
    gauge!("trunkline_raw_events_oldest_age_seconds", "Age of the oldest of them, by state");
    gauge!(
        "trunkline_unaccounted_total",
        "Events and deliveries without a settled state or a next step after a minute; must be 0"
    );
    counter!("trunkline_events_emitted_total", "Events written to the log by this process");
    counter!("trunkline_push_attempts_total", "Notifications posted to push services, by outcome");
    counter!("trunkline_push_given_up_total", "Notifications that no push service took");
    counter!("trunkline_push_dropped_total", "Notifications dropped because too many waited");
    gauge!("trunkline_sockets_open", "Sockets whose owner is known, by side");
    gauge!("trunkline_store_connections", "Connections to the database, by state");
    gauge!("trunkline_events_last_seq", "Number of the last event of the log");
    gauge!("trunkline_store_up", "Whether the store answered the last questions of this page");
    gauge!("trunkline_build_info", "1, labelled with the version");
}
