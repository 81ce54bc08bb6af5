//! Keeps what lets events come, and tells what Meta thinks of the number.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use trunkline_channel::{Context, Health, RunError, Secret};
use trunkline_meta::{GraphError, Timeouts, watch};
use url::Url;

use crate::errors::RULES;
use crate::number::{Facts, Number, Subscribed};

/// What looking after a number takes.
pub(crate) struct Watch {
    /// Where Meta is to call; `None` where that is set up by hand.
    pub callback: Option<Url>,
    verify_token: Secret,
    timeouts: Timeouts,
}

/// What was seen before, to tell what is new.
#[derive(Default)]
struct Before {
    registered: AtomicBool,
    low_quality: AtomicBool,
    app: OnceLock<String>,
}

/// Where Meta calls for this account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Our app is told of nothing.
    Nowhere,
    /// At the app's usual address, which cannot be seen from here.
    Usual,
    Here,
    /// At another inbox of this daemon, which hands over what is ours.
    Beside,
    /// At somebody else's.
    Elsewhere(String),
}

impl Watch {
    pub fn new(callback: Option<Url>, verify_token: Secret, timeouts: Timeouts) -> Self {
        Self { callback, verify_token, timeouts }
    }

    pub async fn run(&self, number: &Number, cx: &Context) -> Result<(), RunError> {
        let before = Before::default();
        watch(cx, "whatsapp", &self.timeouts, RULES, || self.look(number, &before, cx)).await
    }

    async fn look(&self, number: &Number, before: &Before, cx: &Context) -> Result<Health, GraphError> {
        let facts = number.facts().await?;
        let standing = self.registered(number, before, cx).await?;
        let low = facts.quality_rating == "RED";
        if low && !before.low_quality.swap(low, Ordering::Relaxed) {
            cx.health.noticed("Customers block or report this number: its quality is low, and Meta may limit it.".to_owned());
        }
        before.low_quality.store(low, Ordering::Relaxed);
        Ok(match (unwell(&facts), standing) {
            (Some(reason), _) => Health::Misconfigured { reason },
            (None, Standing::Elsewhere(url)) => Health::Misconfigured { reason: elsewhere(&url) },
            (None, _) => Health::Connected,
        })
    }

    /// Subscribes where our app is not, and once after a start has Meta prove our address again.
    async fn registered(&self, number: &Number, before: &Before, cx: &Context) -> Result<Standing, GraphError> {
        if before.app.get().is_none()
            && let Some(app) = number.app().await
        {
            before.app.get_or_init(|| app);
        }
        let known = before.registered.load(Ordering::Relaxed);
        let standing = self.standing(&number.subscribed().await?, before.app.get().map(String::as_str));
        if standing == Standing::Nowhere {
            if known {
                tracing::warn!(inbox = %cx.inbox.id, "whatsapp: the account's subscription had ended; it is made again");
                let shown = "Somebody had ended the app's subscription to this account; it is made again. \
                             What customers wrote in between is not told later.";
                cx.health.noticed(shown.to_owned());
            }
            number.subscribe(None).await?;
        }
        let prove = match standing {
            Standing::Nowhere => true,
            Standing::Usual | Standing::Here => !known,
            Standing::Beside | Standing::Elsewhere(_) => false,
        };
        if let Some(callback) = self.callback.as_ref().filter(|_| prove) {
            number.subscribe(Some((callback, self.verify_token.expose()))).await?;
        }
        before.registered.store(true, Ordering::Relaxed);
        Ok(standing)
    }

    pub fn standing(&self, apps: &[Subscribed], app: Option<&str>) -> Standing {
        let mut ours = apps.iter().filter(|subscribed| subscribed.is(app)).peekable();
        if ours.peek().is_none() {
            return Standing::Nowhere;
        }
        let called = ours.find_map(|subscribed| subscribed.override_callback_uri.as_deref());
        let own = self.callback.as_ref().and_then(|url| url.as_str().rsplit_once('/'));
        let (Some(called), Some((door, inbox))) = (called, own) else { return Standing::Usual };
        // The inbox's id is nobody else's: at another host it is another way to us.
        match called.rsplit_once('/') {
            Some((_, there)) if there == inbox => Standing::Here,
            Some((there, _)) if there == door => Standing::Beside,
            _ => Standing::Elsewhere(called.to_owned()),
        }
    }
}

/// Left to a person: it may be another program's on purpose.
pub(crate) fn elsewhere(url: &str) -> String {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    format!(
        "Meta calls another program ({host}) for this account. Take its address away at Meta, or give this inbox an app of its own."
    )
}

/// Why a number cannot be used, in plain words.
pub(crate) fn unwell(facts: &Facts) -> Option<String> {
    let status = facts.status.as_deref()?;
    let why = match status {
        "CONNECTED" | "UNKNOWN" => return None,
        // A warning that costs nothing yet.
        "FLAGGED" => return None,
        "BANNED" => "Meta has banned this number. See the account's quality page at Meta.",
        "RESTRICTED" | "RATE_LIMITED" => "Meta has restricted this number for a while. See the account's quality page at Meta.",
        "PENDING" | "UNVERIFIED" => "The number is not verified at Meta yet. Finish its set-up there.",
        "DISCONNECTED" | "OFFLINE" => "The number is not registered for the Cloud API. Register it at Meta.",
        "MIGRATED" | "DELETED" => "The number was moved or removed from this account at Meta.",
        other => return Some(format!("Meta says that the number is {}.", other.replace('_', " ").to_lowercase())),
    };
    Some(why.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use trunkline_channel::Secret;
    use trunkline_meta::Timeouts;

    use super::{Standing, Watch, elsewhere, unwell};
    use crate::number::{Facts, Subscribed};

    #[test]
    fn it_is_told_where_meta_calls() {
        let callback = Some("https://chat.example.com/in/box".parse().unwrap());
        let watch = Watch::new(callback, Secret::new("t"), Timeouts::default());
        let app = |id: serde_json::Value, url: Option<&str>| {
            let told = json!({"whatsapp_business_api_data": {"id": id}, "override_callback_uri": url});
            serde_json::from_value::<Subscribed>(told).unwrap()
        };
        let other = app(json!("2"), Some("https://partner.example.org/hook"));
        let standing = |apps: &[Subscribed]| watch.standing(apps, Some("1"));
        assert_eq!(standing(&[]), Standing::Nowhere);
        assert_eq!(standing(std::slice::from_ref(&other)), Standing::Nowhere, "another app's subscription is not ours");
        assert_eq!(standing(&[other.clone(), app(json!(1), None)]), Standing::Usual);
        assert_eq!(standing(&[app(json!("1"), Some("https://chat.example.com/in/box"))]), Standing::Here);
        assert_eq!(standing(&[app(json!("1"), Some("https://old.example.com/in/box"))]), Standing::Here);
        assert_eq!(standing(&[app(json!("1"), Some("https://chat.example.com/in/other"))]), Standing::Beside);
        let foreign = standing(&[app(json!("1"), Some("https://partner.example.org/hook?key=secret"))]);
        let Standing::Elsewhere(url) = foreign else { panic!("{foreign:?}") };
        let told = elsewhere(&url);
        assert!(told.contains("partner.example.org") && !told.contains("secret"));
        assert!(matches!(watch.standing(&[other], None), Standing::Elsewhere(_)), "whose it is, is not known");
        let by_hand = Watch::new(None, Secret::new("t"), Timeouts::default());
        assert_eq!(by_hand.standing(&[app(json!("1"), Some("https://any.example.org/"))], Some("1")), Standing::Usual);
    }

    #[test]
    fn a_number_that_cannot_be_used_says_why() {
        let told = |status: Option<&str>| unwell(&Facts { status: status.map(str::to_owned), ..Facts::default() });
        assert!([None, Some("CONNECTED"), Some("FLAGGED"), Some("UNKNOWN")].into_iter().all(|status| told(status).is_none()));
        assert!(told(Some("BANNED")).unwrap().contains("banned"));
        assert!(told(Some("ON_HOLD")).unwrap().contains("on hold"));
    }
}
