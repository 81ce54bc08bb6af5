//! The whole HTTP edge on a store, called without a network.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use trunkline::access::{self, Role};
use trunkline::app::App;
use trunkline::db::sql;
use trunkline::deliveries::Dispatcher;
use trunkline::inboxes::Supervisor;
use trunkline::intake::Intake;
use trunkline::push::Push;
use trunkline::realtime::Hub;
use trunkline::services::{Draining, Services};
use trunkline::widget::Quotas;
use trunkline_channel::Secret;

pub const PASSWORD: &str = "a long password";
/// Bodies of answers that tests read.
const MAX_BODY: usize = 1 << 20;

pub struct Edge {
    pub services: Services,
    pub router: Router,
    stop: CancellationToken,
    _tasks: JoinSet<()>,
}

impl Drop for Edge {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The `code` of a problem.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("")
    }

    /// The session cookie it sets, as a `Cookie` header.
    pub fn cookie(&self) -> String {
        let set = self.headers.get(header::SET_COOKIE).expect("a cookie").to_str().unwrap();
        set.split(';').next().unwrap().to_owned()
    }
}

/// Headers by which a request shows who it is from.
pub type Headers<'a> = &'a [(&'a str, &'a str)];

impl Edge {
    /// Without connectors: inboxes are there for whoever writes them, but none runs.
    pub async fn start(app: &App) -> Self {
        Self::started(app, false).await
    }

    /// With the inboxes of the configuration running.
    pub async fn start_with_inboxes(app: &App) -> Self {
        trunkline::inboxes::take_from_file(app).await.unwrap();
        Self::started(app, true).await
    }

    async fn started(app: &App, with_inboxes: bool) -> Self {
        let stop = CancellationToken::new();
        let (lines, looks) = Supervisor::new(app.clone());
        let (hub, _following) = Hub::start(app, stop.clone()).await.unwrap();
        let (intake, mut tasks) = Intake::start(app.clone(), Arc::new(lines.clone()), hub.clone(), stop.clone());
        let (deliveries, mut sending) = Dispatcher::start(app.clone(), Arc::new(lines.clone()), stop.clone());
        tasks.spawn(async move { while sending.join_next().await.is_some() {} });
        if with_inboxes {
            let mut running = lines.start(intake.clone(), looks, stop.clone());
            tasks.spawn(async move { while running.join_next().await.is_some() {} });
            lines.look().await;
        }
        let (push, mut notifying) = Push::start(app.clone(), stop.clone()).await.unwrap();
        tasks.spawn(async move { while notifying.join_next().await.is_some() {} });
        let (draining, quotas) = (Draining(stop.clone()), Quotas::default());
        let services = Services { app: app.clone(), intake, lines, hub, deliveries, push, draining, quotas };
        let router = trunkline::http::router(services.clone());
        Self { services, router, stop, _tasks: tasks }
    }

    /// Sends a request as a browser on our own page would, with these headers added.
    pub async fn call(&self, method: Method, path: &str, headers: Headers<'_>, body: Option<Value>) -> Answer {
        let mut all = vec![("sec-fetch-site", "same-origin")];
        all.extend_from_slice(headers);
        self.call_bare(method, path, &all, body).await
    }

    /// Sends a request with exactly these headers.
    pub async fn call_bare(&self, method: Method, path: &str, headers: Headers<'_>, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(json) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(json.to_string())
            }
            None => Body::empty(),
        };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        // A stream of events has no end.
        let endless = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        let bytes = if endless { bytes::Bytes::new() } else { axum::body::to_bytes(body, MAX_BODY).await.unwrap() };
        Answer { status: parts.status, headers: parts.headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
    }

    /// A person of a role, signed in by the page; the `Cookie` header.
    pub async fn signed_in(&self, name: &str, role: Role) -> String {
        let email = format!("{name}@example.com");
        let app = &self.services.app;
        let id = access::create_admin(app, &email, name, &Secret::new(PASSWORD)).await.unwrap();
        let mut tx = app.db.begin().await.unwrap();
        let set = sql("UPDATE operators SET role = $2 WHERE id = $1").bind(&id).bind(role.as_str());
        assert_eq!(set.execute(&mut tx).await.unwrap(), 1);
        tx.commit().await.unwrap();
        self.sign_in(&email, PASSWORD).await.cookie()
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Answer {
        let body = serde_json::json!({"email": email, "password": password});
        self.call(Method::POST, "/api/v1/sessions", &[], Some(body)).await
    }
}
