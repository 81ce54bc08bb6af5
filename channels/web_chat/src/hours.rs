//! When a business is there, in its own time zone.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use serde::{Deserialize, Serialize};
use trunkline_channel::{Micros, SettingsError};

/// Spans of one week.
const MAX_SPANS: usize = 50;
const MINUTES_OF_A_DAY: u32 = 24 * 60;

/// The spans of a week in which somebody answers. What is in none of them is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// IANA name, like `Europe/Berlin`.
    pub time_zone: String,
    pub days: Vec<Span>,
}

/// From and to on one day; a night shift is two spans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    pub day: Day,
    /// `09:00`.
    pub from: String,
    /// `18:00`; `24:00` is the end of the day.
    pub to: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// What hours say of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    Open,
    /// With the moment of the next opening.
    Closed(Option<Micros>),
}

impl Hours {
    /// Refuses hours that say nothing or cannot be read.
    pub fn check(&self) -> Result<(), SettingsError> {
        let wrong = |problem: String| SettingsError::new("hours", problem);
        if TimeZone::get(&self.time_zone).is_err() {
            return Err(wrong(format!("\"{}\" is not a time zone; write it as Europe/Berlin", self.time_zone)));
        }
        if self.days.is_empty() || self.days.len() > MAX_SPANS {
            return Err(wrong(format!("needs 1 to {MAX_SPANS} days")));
        }
        for span in &self.days {
            let (Some(from), Some(to)) = (minutes(&span.from), minutes(&span.to)) else {
                return Err(wrong("from and to are times of the day like 09:00 (the end of a day is 24:00)".to_owned()));
            };
            if from >= to {
                return Err(wrong(format!("{} is not before {}; a night shift is two spans", span.from, span.to)));
            }
        }
        Ok(())
    }

    /// What the hours say of a moment. Hours that [`check`](Self::check) refuses are never closed.
    #[must_use]
    pub fn at(&self, now: Micros) -> Opening {
        let (Ok(zone), Ok(now)) = (TimeZone::get(&self.time_zone), Timestamp::from_microsecond(now)) else {
            return Opening::Open;
        };
        let today = now.to_zoned(zone.clone()).date();
        let mut next: Option<Timestamp> = None;
        for ahead in 0..=7 {
            let Ok(date) = today.checked_add(ahead.days()) else { continue };
            for span in self.days.iter().filter(|span| span.day.weekday() == date.weekday()) {
                let moment = |text: &str| -> Option<Zoned> {
                    let minutes = minutes(text)?;
                    // A time that the change to summer time leaves out is the one an hour later.
                    let day = if minutes == MINUTES_OF_A_DAY { date.tomorrow().ok()? } else { date };
                    let (hour, minute) = ((minutes / 60) % 24, minutes % 60);
                    day.at(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).to_zoned(zone.clone()).ok()
                };
                let (Some(from), Some(to)) = (moment(&span.from), moment(&span.to)) else { continue };
                let (from, to) = (from.timestamp(), to.timestamp());
                if from <= now && now < to {
                    return Opening::Open;
                }
                if from > now {
                    next = Some(next.map_or(from, |earlier| earlier.min(from)));
                }
            }
        }
        Opening::Closed(next.map(Timestamp::as_microsecond))
    }
}

impl Day {
    fn weekday(self) -> Weekday {
        match self {
            Self::Mon => Weekday::Monday,
            Self::Tue => Weekday::Tuesday,
            Self::Wed => Weekday::Wednesday,
            Self::Thu => Weekday::Thursday,
            Self::Fri => Weekday::Friday,
            Self::Sat => Weekday::Saturday,
            Self::Sun => Weekday::Sunday,
        }
    }
}

/// Minutes since midnight of `HH:MM`.
fn minutes(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |part: &str| {
        let plain = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| part.parse::<u32>().ok()).flatten()
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= MINUTES_OF_A_DAY).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::{Day, Hours, Opening, Span, minutes};

    fn span(day: Day, from: &str, to: &str) -> Span {
        Span { day, from: from.into(), to: to.into() }
    }

    fn at(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn a_business_is_open_in_its_own_time_zone() {
        let days = vec![
            span(Day::Mon, "09:00", "18:00"),
            span(Day::Fri, "09:00", "12:00"),
            span(Day::Fri, "13:00", "24:00"),
            span(Day::Sat, "00:00", "02:00"),
        ];
        let hours = Hours { time_zone: "Europe/Berlin".into(), days };
        hours.check().unwrap();
        // 2026-11-23 is a Monday; Berlin is an hour ahead in winter.
        assert_eq!(hours.at(at("2026-11-23T07:59:59Z")), Opening::Closed(Some(at("2026-11-23T08:00:00Z"))));
        assert_eq!(hours.at(at("2026-11-23T08:00:00Z")), Opening::Open);
        assert_eq!(hours.at(at("2026-11-23T17:00:00Z")), Opening::Closed(Some(at("2026-11-27T08:00:00Z"))));
        assert_eq!(hours.at(at("2026-11-27T11:30:00Z")), Opening::Closed(Some(at("2026-11-27T12:00:00Z"))), "lunch");
        assert_eq!(hours.at(at("2026-11-27T23:00:00Z")), Opening::Open, "past midnight by the second span");
        assert_eq!(hours.at(at("2026-11-28T01:00:00Z")), Opening::Closed(Some(at("2026-11-30T08:00:00Z"))), "over the weekend");
        // Two hours ahead in summer.
        assert_eq!(hours.at(at("2026-07-06T07:00:00Z")), Opening::Open);
    }

    #[test]
    fn the_only_span_of_a_week_opens_again_in_a_week() {
        let hours = Hours { time_zone: "UTC".into(), days: vec![span(Day::Mon, "09:00", "10:00")] };
        assert_eq!(hours.at(at("2026-11-23T10:00:00Z")), Opening::Closed(Some(at("2026-11-30T09:00:00Z"))));
    }

    #[test]
    fn hours_that_cannot_be_meant_are_refused() {
        let with = |zone: &str, days: Vec<Span>| Hours { time_zone: zone.into(), days };
        for (hours, word) in [
            (with("Mars/Olympus", vec![span(Day::Mon, "09:00", "10:00")]), "time zone"),
            (with("UTC", vec![]), "1 to"),
            (with("UTC", vec![span(Day::Mon, "9:00", "10:00")]), "09:00"),
            (with("UTC", vec![span(Day::Mon, "09:00", "24:01")]), "09:00"),
            (with("UTC", vec![span(Day::Mon, "22:00", "06:00")]), "two spans"),
        ] {
            let problem = hours.check().unwrap_err();
            assert!(problem.key == "hours" && problem.problem.contains(word), "{problem:?}");
        }
        assert_eq!((minutes("24:00"), minutes("23:60"), minutes("1é:00"), minutes("")), (Some(1440), None, None, None));
    }
}
