//! The mails of the one folder.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub(super) struct Folder {
    pub uidvalidity: u32,
    pub uidnext: u32,
    mails: Vec<Mail>,
}

#[derive(Clone)]
pub(super) struct Mail {
    pub uid: u32,
    pub source: Vec<u8>,
    pub seen: bool,
    /// INTERNALDATE, Unix seconds.
    pub received: i64,
    hidden: bool,
}

impl Folder {
    pub fn new() -> Self {
        Self { uidvalidity: 1_000, uidnext: 1, mails: Vec::new() }
    }

    pub fn add(&mut self, source: Vec<u8>, received: i64, hidden: bool) -> u32 {
        let uid = self.uidnext;
        self.uidnext += 1;
        self.mails.push(Mail { uid, source, seen: false, received, hidden });
        uid
    }

    pub fn skip(&mut self, count: u32) {
        self.uidnext += count;
    }

    pub fn show(&mut self, uid: u32) {
        self.mails.iter_mut().filter(|mail| mail.uid == uid).for_each(|mail| mail.hidden = false);
    }

    pub fn remove(&mut self, uid: u32) {
        self.mails.retain(|mail| mail.uid != uid);
    }

    pub fn renew(&mut self) {
        self.uidvalidity += 1;
        self.uidnext = 1;
        for mail in &mut self.mails {
            mail.uid = self.uidnext;
            self.uidnext += 1;
        }
    }

    pub fn reuse(&mut self) {
        self.mails.clear();
        self.uidnext = 1;
    }

    pub fn is_seen(&self, uid: u32) -> bool {
        self.mails.iter().any(|mail| mail.uid == uid && mail.seen)
    }

    pub fn see(&mut self, set: &str) {
        let uids: Vec<u32> = self.select(set).map(|(_, mail)| mail.uid).collect();
        self.mails.iter_mut().filter(|mail| uids.contains(&mail.uid)).for_each(|mail| mail.seen = true);
    }

    pub fn exists(&self) -> usize {
        self.visible().count()
    }

    /// Mails of a UID set with their numbers. `*` is the last one, and a range counts from its lower end: `9:*` in a
    /// folder that ends at 5 is 5 (RFC 3501 §6.4.8).
    pub fn select<'a>(&'a self, set: &str) -> impl Iterator<Item = (usize, &'a Mail)> + use<'a> {
        let last = self.visible().map(|mail| mail.uid).max().unwrap_or_default();
        let number = |text: &str| if text == "*" { last } else { text.parse().unwrap_or_default() };
        let ranges: Vec<(u32, u32)> = set
            .split(',')
            .map(|part| {
                let (from, to) = part.split_once(':').unwrap_or((part, part));
                let (from, to) = (number(from), number(to));
                (from.min(to), from.max(to))
            })
            .collect();
        self.visible()
            .enumerate()
            .filter(move |(_, mail)| ranges.iter().any(|(from, to)| (*from..=*to).contains(&mail.uid)))
            .map(|(index, mail)| (index + 1, mail))
    }

    /// `UNSEEN` and `SINCE` are all that is known.
    pub fn search(&self, criteria: &str) -> Vec<u32> {
        let unseen = criteria.contains("UNSEEN");
        let since = criteria.split_once("SINCE ").and_then(|(_, day)| Date::strptime("%d-%b-%Y", day.trim()).ok());
        let day = |mail: &Mail| Timestamp::from_second(mail.received).unwrap_or_default().to_zoned(TimeZone::UTC).date();
        let fits = |mail: &&Mail| !(unseen && mail.seen) && since.is_none_or(|since| day(mail) >= since);
        self.visible().filter(fits).map(|mail| mail.uid).collect()
    }

    fn visible(&self) -> impl Iterator<Item = &Mail> {
        self.mails.iter().filter(|mail| !mail.hidden)
    }
}

impl Mail {
    pub fn internal_date(&self) -> String {
        let at = Timestamp::from_second(self.received).unwrap_or_default();
        at.strftime("%d-%b-%Y %H:%M:%S +0000").to_string()
    }

    pub fn header(&self) -> &[u8] {
        let end = self.source.windows(4).position(|window| window == b"\r\n\r\n").map_or(self.source.len(), |at| at + 4);
        self.source.get(..end).unwrap_or_default()
    }
}
