//! How far a folder has been read, as it is kept in the store.

use serde::{Deserialize, Serialize};
use trunkline_channel::{Cursor, Micros};

use super::commands::Folder;

/// Everything needed to go on after a restart. UIDs mean something only together with `uidvalidity` (RFC 3501 §2.3.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    pub uidvalidity: u32,
    /// Everything up to here is stored.
    pub last_uid: u32,
    /// What lay here before we came is never taken for new mail.
    pub floor_uid: u32,
    /// Counts how often the server gave UIDs a second time without a new `uidvalidity`; part of the keys of events.
    #[serde(default)]
    pub generation: u32,
    /// When the folder was last known to be read to its end.
    pub at: Micros,
    /// A search for older mail (since these Unix seconds, up to `floor_uid`) that is not finished yet.
    #[serde(default)]
    pub rescan_since: Option<i64>,
}

/// UIDVALIDITY is void when mail of two days before the last look may not have been seen: clocks and zones differ.
const RESCAN_MARGIN_SECONDS: i64 = 2 * 86_400;

impl Position {
    /// Where to begin in a folder never seen before: behind everything, or with what `import_since` asks for.
    pub fn first(folder: Folder, highest: u32, import_since: Option<i64>, now: Micros) -> Self {
        let Folder { uidvalidity, .. } = folder;
        Self { uidvalidity, last_uid: highest, floor_uid: highest, generation: 0, at: now, rescan_since: import_since }
    }

    /// The same folder as it stands now. When its UIDs are void nothing counts as new by number: recent mail is
    /// searched by date and recognised by what it is.
    pub fn carried_to(self, folder: Folder, highest: u32) -> Self {
        let reused = folder.uidvalidity == self.uidvalidity;
        let went_back = folder.uidnext.is_some() && highest < self.last_uid;
        if reused && !went_back {
            return self;
        }
        let since = self.at / 1_000_000 - RESCAN_MARGIN_SECONDS;
        Self {
            uidvalidity: folder.uidvalidity,
            last_uid: highest,
            floor_uid: highest,
            generation: if reused { self.generation + 1 } else { 0 },
            at: self.at,
            rescan_since: Some(self.rescan_since.map_or(since, |earlier| earlier.min(since))),
        }
    }

    /// The key of one mail's raw event. The folder is part of it: two folders may share a `uidvalidity`.
    pub fn key(&self, folder: &str, uid: u32) -> String {
        match self.generation {
            0 => format!("mail:{folder}:{}:{uid}", self.uidvalidity),
            generation => format!("mail:{folder}:{}:{uid}:g{generation}", self.uidvalidity),
        }
    }

    pub fn cursor(&self, folder: &str) -> Cursor {
        // A struct of numbers always serialises.
        Cursor { name: cursor_name(folder), value: serde_json::to_string(self).unwrap_or_default() }
    }

    /// `None` when the text is not one of ours: then the folder is begun anew.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

pub(super) fn cursor_name(folder: &str) -> String {
    format!("imap:{folder}")
}

/// A day for `SEARCH SINCE`, one earlier than asked: the server counts days in its own zone.
pub(super) fn day_before(unix_seconds: i64) -> String {
    let day = jiff::Timestamp::from_second(unix_seconds.saturating_sub(86_400).max(0)).unwrap_or_default();
    day.strftime("%-d-%b-%Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::{Position, day_before};
    use crate::imap::commands::Folder;

    const DAY: i64 = 86_400;

    fn folder(uidvalidity: u32) -> Folder {
        Folder { uidvalidity, uidnext: Some(1), exists: 0 }
    }

    #[test]
    fn a_new_uidvalidity_asks_for_a_search_by_date_and_takes_nothing_by_number() {
        let before = Position::first(folder(7), 20, None, 10 * DAY * 1_000_000);
        assert_eq!(before.clone().carried_to(folder(7), 25), before);
        let after = before.carried_to(folder(8), 3);
        assert_eq!((after.uidvalidity, after.last_uid, after.floor_uid, after.rescan_since), (8, 3, 3, Some(8 * DAY)));
        assert_eq!(after.key("INBOX", 2), "mail:INBOX:8:2");
    }

    #[test]
    fn uids_given_twice_get_other_keys() {
        let after = Position::first(folder(7), 20, None, 10 * DAY * 1_000_000).carried_to(folder(7), 4);
        assert_eq!(after.key("INBOX", 2), "mail:INBOX:7:2:g1");
        assert_eq!(Position::read(&after.cursor("INBOX").value), Some(after));
        assert_eq!(Position::read("nonsense"), None);
    }

    #[test]
    fn a_search_day_is_written_as_imap_wants_it() {
        assert_eq!(day_before(1_793_577_600), "1-Nov-2026");
    }
}
