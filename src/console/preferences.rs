//! What an operator has set in the console, wherever they sign in. What it means is the console's business.

use serde_json::{Map, Value};

use super::store;
use crate::access::Caller;
use crate::app::App;
use crate::http::ApiError;

/// Of all preferences of an operator together, as JSON.
pub const MAX_PREFERENCES_BYTES: usize = 16 * 1024;

/// Empty for somebody who has set nothing.
pub async fn preferences(app: &App, caller: &Caller) -> Result<Map<String, Value>, ApiError> {
    let stored = store::preferences(&app.db, &caller.operator_id).await?;
    Ok(stored.and_then(|value| serde_json::from_str(&value).ok()).unwrap_or_default())
}

/// Replaces all of them.
pub async fn set_preferences(app: &App, caller: &Caller, value: Value) -> Result<Map<String, Value>, ApiError> {
    let Value::Object(preferences) = value else { return Err(ApiError::invalid("", "must be a JSON object")) };
    let text = serde_json::to_string(&preferences).map_err(|_unwritable| ApiError::internal())?;
    if text.len() > MAX_PREFERENCES_BYTES {
        return Err(ApiError::invalid("", format!("must be at most {MAX_PREFERENCES_BYTES} bytes of JSON")));
    }
    let mut tx = app.db.begin().await?;
    store::set_preferences(&mut tx, &caller.operator_id, &text, app.now()).await?;
    tx.commit().await?;
    Ok(preferences)
}
