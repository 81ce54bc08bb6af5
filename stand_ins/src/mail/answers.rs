//! What comes back after a mail was taken: answers of people and of machines.

use super::smtp::Accepted;

const BOUNDARY: &str = "=-stand-in";

/// Mail programs quote in their own ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    Gmail,
    Outlook,
    AppleMail,
    Thunderbird,
}

impl Accepted {
    /// A customer's reply with the quotation of her mail program.
    #[must_use]
    pub fn reply(&self, client: Client, message_id: &str, text: &str) -> String {
        let (ours, body) = (self.header("From"), self.body());
        let quoted: String = body.lines().map(|line| format!("> {line}\r\n")).collect();
        let day = "Mon, Nov 2, 2026 at 10:15 AM";
        let below = match client {
            Client::Gmail => format!("On {day} {ours} wrote:\r\n\r\n{quoted}"),
            Client::AppleMail => format!("> On 2. Nov 2026, at 10:15, {ours} wrote:\r\n> \r\n{quoted}"),
            Client::Thunderbird => format!("On 11/2/26 10:15, {ours} wrote:\r\n{quoted}"),
            Client::Outlook => format!(
                "________________________________\r\nFrom: {ours}\r\nSent: Monday, November 2, 2026 10:15 AM\r\nTo: {}\r\nSubject: {}\r\n\r\n{body}",
                self.header("To"),
                self.header("Subject"),
            ),
        };
        let head = self.head(self.recipient(), message_id, &format!("Re: {}", self.header("Subject")));
        let content = "Content-Type: text/plain; charset=utf-8\r\n";
        match client {
            // Bottom posting.
            Client::Thunderbird => format!("{head}{content}\r\n{below}\r\n{text}\r\n"),
            _ => format!("{head}{content}\r\n{text}\r\n\r\n{below}\r\n"),
        }
    }

    /// An automatic answer (RFC 3834).
    #[must_use]
    pub fn out_of_office(&self, message_id: &str) -> String {
        let head = self.head(self.recipient(), message_id, &format!("Automatic reply: {}", self.header("Subject")));
        format!("{head}Auto-Submitted: auto-replied\r\nX-Auto-Response-Suppress: All\r\n\r\nI am away until Monday.\r\n")
    }

    /// The report of a mail that could not be delivered (RFC 3464), with our header returned.
    #[must_use]
    pub fn bounce(&self, message_id: &str, status: &str, diagnostic: &str) -> String {
        self.report(message_id, "failed", status, diagnostic, "Undelivered Mail Returned to Sender")
    }

    /// News that a mail is still being tried.
    #[must_use]
    pub fn delay(&self, message_id: &str) -> String {
        self.report(message_id, "delayed", "4.4.1", "connection timed out", "Delayed Mail (still being retried)")
    }

    /// A read receipt (RFC 8098).
    #[must_use]
    pub fn read_receipt(&self, message_id: &str) -> String {
        let recipient = self.recipient();
        let head = self.head(recipient, message_id, &format!("Read: {}", self.header("Subject")));
        format!(
            "{head}Content-Type: multipart/report; report-type=disposition-notification; boundary=\"{BOUNDARY}\"\r\n\r\n\
             --{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nThe message was displayed.\r\n\
             --{BOUNDARY}\r\nContent-Type: message/disposition-notification\r\n\r\n\
             Final-Recipient: rfc822; {recipient}\r\nOriginal-Message-ID: <{id}>\r\n\
             Disposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--{BOUNDARY}--\r\n",
            id = self.message_id().unwrap_or_default(),
        )
    }

    fn report(&self, message_id: &str, action: &str, status: &str, diagnostic: &str, subject: &str) -> String {
        let head = self.head("MAILER-DAEMON@stand-in.test", message_id, subject);
        format!(
            "Return-Path: <>\r\n{head}Auto-Submitted: auto-replied\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"{BOUNDARY}\"\r\n\r\n\
             --{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nThis is the mail system. {diagnostic}\r\n\
             --{BOUNDARY}\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; stand-in.test\r\n\r\n\
             Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; {diagnostic}\r\n\r\n\
             --{BOUNDARY}\r\nContent-Type: text/rfc822-headers\r\n\r\n{headers}\r\n--{BOUNDARY}--\r\n",
            recipient = self.recipient(),
            headers = self.headers(),
        )
    }

    /// Header lines common to all answers; they go where our mail came from.
    fn head(&self, from: &str, message_id: &str, subject: &str) -> String {
        let ours = self.message_id().unwrap_or_default();
        format!(
            "From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: Mon, 02 Nov 2026 10:20:00 +0000\r\nMessage-ID: {message_id}\r\n\
             In-Reply-To: <{ours}>\r\nReferences: <{ours}>\r\nMIME-Version: 1.0\r\n",
            to = self.from,
        )
    }

    fn recipient(&self) -> &str {
        self.recipients.first().map_or("", String::as_str)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.mail).into_owned()
    }

    fn headers(&self) -> String {
        self.text().split("\r\n\r\n").next().unwrap_or_default().to_owned()
    }

    fn body(&self) -> String {
        self.text().split_once("\r\n\r\n").map(|(_, body)| body.trim_end().to_owned()).unwrap_or_default()
    }

    /// The first such header, unfolded.
    fn header(&self, name: &str) -> String {
        let headers = self.headers().replace("\r\n ", " ").replace("\r\n\t", " ");
        let found = headers.split("\r\n").filter_map(|line| line.split_once(':')).find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted() -> Accepted {
        let mail = "From: Support\r\n <support@example.test>\r\nTo: ann@x\r\nSubject: Order\r\nMessage-ID: <1@us>\r\n\r\nHello\r\nAnn\r\n";
        Accepted {
            from: "support@example.test".to_owned(),
            recipients: vec!["ann@x".to_owned()],
            mail: mail.as_bytes().to_vec(),
            secured: true,
        }
    }

    #[test]
    fn answers_name_the_mail_they_answer() {
        let reply = accepted().reply(Client::Gmail, "<2@x>", "Thanks");
        assert!(reply.contains("In-Reply-To: <1@us>") && reply.contains("Subject: Re: Order\r\n"));
        assert!(reply.ends_with(
            "Thanks\r\n\r\nOn Mon, Nov 2, 2026 at 10:15 AM Support <support@example.test> wrote:\r\n\r\n> Hello\r\n> Ann\r\n\r\n"
        ));
        assert!(
            accepted()
                .bounce("<3@x>", "5.1.1", "550 no such user")
                .contains("Final-Recipient: rfc822; ann@x\r\nAction: failed\r\n")
        );
        assert!(accepted().read_receipt("<4@x>").contains("Original-Message-ID: <1@us>\r\n"));
        assert!(accepted().delay("<5@x>").contains("Action: delayed\r\n"));
        assert!(accepted().out_of_office("<6@x>").contains("Auto-Submitted: auto-replied\r\n"));
    }
}
