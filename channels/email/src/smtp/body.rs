//! A mail's form on the wire.

/// Every line ends in CR LF and a line that begins with a dot gets a second one (RFC 5321 §4.5.2). A lone CR or LF
/// becomes a line end: servers that disagree about them can be made to see a second mail in the first.
pub(super) fn on_the_wire(mail: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(mail.len() + mail.len() / 32 + 2);
    let mut line_start = true;
    let mut bytes = mail.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' | b'\n' => {
                if byte == b'\r' {
                    bytes.next_if_eq(&b'\n');
                }
                wire.extend_from_slice(b"\r\n");
                line_start = true;
            }
            _ => {
                if byte == b'.' && line_start {
                    wire.push(b'.');
                }
                wire.push(byte);
                line_start = false;
            }
        }
    }
    if !line_start {
        wire.extend_from_slice(b"\r\n");
    }
    wire
}

#[cfg(test)]
mod tests {
    use super::on_the_wire;

    #[test]
    fn lines_end_in_one_way_and_dots_are_doubled() {
        for (mail, wire) in [
            ("a\r\nb\r\n", "a\r\nb\r\n"),
            ("a\nb", "a\r\nb\r\n"),
            ("a\r.\rb", "a\r\n..\r\nb\r\n"),
            (".\r\n..x\n.\n", "..\r\n...x\r\n..\r\n"),
            ("a\r\n.\r\nMAIL FROM:<x>\r\n", "a\r\n..\r\nMAIL FROM:<x>\r\n"),
            ("a\n.\r\nb", "a\r\n..\r\nb\r\n"),
            ("a\r\r\nb", "a\r\n\r\nb\r\n"),
            ("", ""),
        ] {
            assert_eq!(String::from_utf8(on_the_wire(mail.as_bytes())).unwrap(), wire, "{mail:?}");
        }
    }
}
