//! What a message may carry beside text and files, in one shape both ways. Connectors write these under the key of their
//! name into an inbound message's `extra`; operators write them into an outgoing one's.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `extra.location`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// Degrees, −90 to 90.
    pub latitude: f64,
    /// Degrees, −180 to 180.
    pub longitude: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// One of `extra.contacts`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactCard {
    pub name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
}

/// `extra.choice` of an inbound [`crate::Kind::Interactive`]: what the pressed button or chosen entry stands for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The id we gave the button, or the payload as the provider sent it.
    pub id: String,
    pub title: String,
    /// A form's answers, a web app's data and the like.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub data: Value,
}

/// `extra.referral`: what brought the customer here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// The parameter of the link, or the advertisement's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// `link`, `ad`, `post`, `plugin`, …, as the provider says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// One of `extra.buttons` of an outgoing message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Button {
    /// Comes back in [`Choice::id`]; empty for a link.
    #[serde(default)]
    pub id: String,
    pub title: String,
    /// Opens a page instead of answering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// `extra.template` of an outgoing [`crate::Kind::Template`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateUse {
    pub name: String,
    pub language: String,
    /// Values of the body's variables: by position, or by name where the template names them.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// Values of the header's variables.
    #[serde(default)]
    pub header: Vec<Parameter>,
    /// The variable part of each button that has one, by the button's position.
    #[serde(default)]
    pub buttons: Vec<ButtonParameter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ButtonParameter {
    pub index: u32,
    pub text: String,
}

/// A template as the provider knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Template {
    pub name: String,
    pub language: String,
    /// As the provider says: `APPROVED`, `PENDING`, `REJECTED`, `PAUSED`, …; only approved ones can be sent.
    pub status: String,
    pub category: Option<String>,
    pub header: Option<String>,
    /// `image`, `video` or `document` where the header is a file, which then comes with the message.
    pub header_file: Option<String>,
    pub body: String,
    pub footer: Option<String>,
    pub buttons: Vec<String>,
    /// Names or positions (`1`, `2`, …) of the body's variables, in order.
    pub variables: Vec<String>,
    /// The same of the header's.
    pub header_variables: Vec<String>,
    /// Positions of the buttons that need a value: the rest of an address, or a code.
    pub button_variables: Vec<u32>,
}

/// What an outgoing message carries beside text and files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rich {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Button>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<ContactCard>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateUse>,
}

impl Rich {
    /// Reads what an outgoing message's `extra` carries; other keys of it are left alone.
    ///
    /// # Errors
    /// The parser's message where a part has the wrong shape, or what is out of range.
    pub fn of_extra(extra: &Value) -> Result<Self, String> {
        if extra.is_null() {
            return Ok(Self::default());
        }
        let rich: Self = serde_json::from_value(extra.clone()).map_err(|error| error.to_string())?;
        match &rich.location {
            Some(place) if !(place.latitude.abs() <= 90.0 && place.longitude.abs() <= 180.0) => {
                Err("location: latitude is −90 to 90, longitude −180 to 180".to_owned())
            }
            _ => Ok(rich),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Rich;

    #[test]
    fn extra_is_read_strictly_where_it_is_ours_and_left_alone_elsewhere() {
        assert_eq!(Rich::of_extra(&json!(null)), Ok(Rich::default()));
        let rich = Rich::of_extra(&json!({"subject": "x", "location": {"latitude": 1.5, "longitude": 2}})).unwrap();
        assert_eq!(rich.location.map(|place| place.latitude), Some(1.5));
        assert!(Rich::of_extra(&json!({"location": {"latitude": 91, "longitude": 2}})).is_err());
        assert!(Rich::of_extra(&json!({"buttons": [{"id": "a"}]})).is_err_and(|error| error.contains("title")));
        assert!(Rich::of_extra(&json!({"template": {"name": "n", "language": "en", "extra": 1}})).is_err());
    }
}
