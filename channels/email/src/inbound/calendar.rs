//! One line about an invitation; the file itself stays attached.

use serde::Serialize;

/// Lines of a calendar file that are looked at.
const MAX_LINES: usize = 2_000;
const MAX_VALUE_CHARS: usize = 200;

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Invitation {
    /// REQUEST, CANCEL, REPLY, …
    pub method: Option<String>,
    pub summary: Option<String>,
    /// As written in the file.
    pub starts: Option<String>,
}

/// Reads method, summary and start of the first event of an iCalendar text (RFC 5545).
pub(super) fn read(text: &str) -> Invitation {
    let mut found = Invitation::default();
    let unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let mut in_event = false;
    for line in unfolded.lines().take(MAX_LINES) {
        let Some((name, value)) = line.split_once(':') else { continue };
        let name = name.split(';').next().unwrap_or_default().to_ascii_uppercase();
        let value: String =
            value.replace("\\,", ",").replace("\\;", ";").replace("\\n", " ").chars().take(MAX_VALUE_CHARS).collect();
        let slot = match name.as_str() {
            "METHOD" => &mut found.method,
            "BEGIN" => {
                in_event |= value.eq_ignore_ascii_case("VEVENT");
                continue;
            }
            "SUMMARY" if in_event => &mut found.summary,
            "DTSTART" if in_event => &mut found.starts,
            _ => continue,
        };
        slot.get_or_insert(value.trim().to_owned());
    }
    found
}

impl Invitation {
    /// Shown where the mail has no text of its own.
    pub(super) fn line(&self) -> String {
        let what = match self.method.as_deref().map(str::to_ascii_uppercase).as_deref() {
            Some("CANCEL") => "Cancelled event",
            Some("REPLY") => "Answer to an invitation",
            _ => "Invitation",
        };
        let mut line = what.to_owned();
        for part in [&self.summary, &self.starts].into_iter().flatten() {
            line.push_str(": ");
            line.push_str(part);
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn the_line_names_the_event() {
        let text = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nDTSTART:19700101T000000\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nSUMMARY;LANGUAGE=ru:Встре\r\n ча\\, офис\r\nDTSTART;TZID=x:20261102T100000\r\nEND:VEVENT\r\n";
        assert_eq!(read(text).line(), "Invitation: Встреча, офис: 20261102T100000");
        assert_eq!(read("METHOD:CANCEL").line(), "Cancelled event");
    }
}
