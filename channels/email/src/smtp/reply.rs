//! Replies of an SMTP server (RFC 5321 §4.2) with their enhanced status (RFC 3463, 2034).

const SHOWN_MAX: usize = 300;
const LINES_MAX: usize = 100;

/// A whole reply, all its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub code: u16,
    pub lines: Vec<String>,
}

/// `5.1.1` and the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status {
    pub class: u16,
    pub subject: u16,
    pub detail: u16,
}

/// Collects the lines of one reply.
#[derive(Debug, Default)]
pub(super) struct Lines {
    code: Option<u16>,
    lines: Vec<String>,
}

impl Lines {
    /// Takes one line without its end; gives the reply after its last line.
    ///
    /// # Errors
    /// When the line is not part of a reply, or the reply has no end.
    pub fn push(&mut self, line: &str) -> Result<Option<Reply>, &'static str> {
        let (digits, rest) = line.split_at_checked(3).ok_or("a reply without a code")?;
        let code = digits.parse::<u16>().ok().filter(|code| (200..600).contains(code)).ok_or("a reply without a code")?;
        if self.code.is_some_and(|before| before != code) {
            return Err("a reply with two codes");
        }
        if self.lines.len() >= LINES_MAX {
            return Err("a reply without an end");
        }
        self.code = Some(code);
        let mut rest = rest.chars();
        let more = match rest.next() {
            Some('-') => true,
            Some(' ') | None => false,
            Some(_) => return Err("a reply without a code"),
        };
        self.lines.push(rest.as_str().to_owned());
        if more { Ok(None) } else { Ok(Some(Reply { code, lines: std::mem::take(&mut self.lines) })) }
    }
}

impl Reply {
    pub fn is_positive(&self) -> bool {
        self.code < 400
    }

    pub fn is_temporary(&self) -> bool {
        (400..500).contains(&self.code)
    }

    /// Only where it agrees with the code, which rules.
    pub fn status(&self) -> Option<Status> {
        let mut parts = self.lines.first()?.split_whitespace().next()?.split('.');
        let mut number = || parts.next().filter(|part| part.len() <= 3)?.parse::<u16>().ok();
        let status = Status { class: number()?, subject: number()?, detail: number()? };
        (parts.next().is_none() && status.class == self.code / 100).then_some(status)
    }

    /// The code as an operator may look it up: `550 5.1.1`.
    pub fn shown_code(&self) -> String {
        match self.status() {
            Some(Status { class, subject, detail }) => format!("{} {class}.{subject}.{detail}", self.code),
            None => self.code.to_string(),
        }
    }

    /// The server's words, fit for one line on the console.
    pub fn shown(&self) -> String {
        let text = self.lines.join(" ");
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN_MAX).collect::<String>().trim().to_owned()
    }

    /// Words of an EHLO reply after a keyword: `AUTH` → `PLAIN LOGIN`.
    pub fn keyword(&self, keyword: &str) -> Option<Vec<String>> {
        self.lines.iter().skip(1).find_map(|line| {
            // `AUTH=LOGIN` is an old form that some servers still send beside the right one.
            let mut words = line.split_ascii_whitespace().map(str::to_ascii_uppercase);
            (words.next()? == keyword).then(|| words.collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, Reply, Status};

    fn reply(lines: &[&str]) -> Result<Option<Reply>, &'static str> {
        let mut collected = Lines::default();
        let mut last = Ok(None);
        for line in lines {
            last = Ok(collected.push(line)?);
        }
        last
    }

    #[test]
    fn lines_become_one_reply() {
        let ehlo = reply(&["250-mail.example.com", "250-SIZE 1000", "250-auth plain LOGIN", "250 8BITMIME"]).unwrap().unwrap();
        assert_eq!(ehlo.keyword("AUTH"), Some(vec!["PLAIN".to_owned(), "LOGIN".to_owned()]));
        assert_eq!(ehlo.keyword("8BITMIME"), Some(vec![]));
        assert_eq!(ehlo.keyword("STARTTLS"), None);
        let refused = reply(&["550 5.1.1 no such\x07 user"]).unwrap().unwrap();
        assert_eq!(refused.status(), Some(Status { class: 5, subject: 1, detail: 1 }));
        assert_eq!((refused.shown_code().as_str(), refused.shown().as_str()), ("550 5.1.1", "5.1.1 no such  user"));
    }

    #[test]
    fn a_status_that_contradicts_the_code_is_not_believed() {
        assert_eq!(reply(&["550 4.7.1 later"]).unwrap().unwrap().status(), None);
        assert_eq!(reply(&["550 5.1 odd"]).unwrap().unwrap().status(), None);
        assert_eq!(reply(&["250"]).unwrap().unwrap().status(), None);
    }

    #[test]
    fn what_is_not_a_reply_is_refused() {
        for lines in [&["hello"][..], &["25"], &["999 x"], &["250x"], &["250-a", "251 b"], &["éé"], &[""]] {
            assert!(reply(lines).is_err(), "{lines:?}");
        }
        assert!(reply(&["250-more"; 101]).is_err());
    }
}
