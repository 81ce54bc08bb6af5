//! Addresses we are willing to send to. Stricter than the grammar: what servers and shells have been tricked with is refused.

use lettre::Address;
use thiserror::Error;
use url::Host;

/// RFC 5321, section 4.5.3.1.
const MAX_LOCAL_BYTES: usize = 64;
const MAX_ADDRESS_BYTES: usize = 254;

/// Why no mail is sent to an address. Says nothing of the address itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AddressProblem {
    #[error("it has no @ or several")]
    Form,
    #[error("it is too long")]
    Length,
    #[error("the part before the @ has characters that are not used in addresses")]
    LocalPart,
    #[error("the host is no domain name")]
    Domain,
}

/// Reads an address to send to: plain ASCII before the @, a domain name after it (an international one becomes ASCII).
///
/// # Errors
/// Refuses quoted local parts, a leading `-`, IP literals and anything that could end a line.
pub fn parse(address: &str) -> Result<Address, AddressProblem> {
    let (local, domain) = address.split_once('@').ok_or(AddressProblem::Form)?;
    if domain.contains('@') {
        return Err(AddressProblem::Form);
    }
    if local.len() > MAX_LOCAL_BYTES || address.len() > MAX_ADDRESS_BYTES {
        return Err(AddressProblem::Length);
    }
    let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let atoms_fit = local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom));
    if !atoms_fit || local.starts_with('-') {
        return Err(AddressProblem::LocalPart);
    }
    let plain = domain.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.'));
    match Host::parse(domain) {
        Ok(Host::Domain(ascii)) if plain && ascii.contains('.') && !ascii.ends_with('.') => {
            Address::new(local, ascii).map_err(|_| AddressProblem::Domain)
        }
        _ => Err(AddressProblem::Domain),
    }
}

#[cfg(test)]
mod tests {
    use super::{AddressProblem, parse};

    #[test]
    fn ordinary_addresses_are_taken() {
        for (given, taken) in [
            ("ann@example.com", "ann@example.com"),
            ("o'brien+tag@Example.com", "o'brien+tag@example.com"),
            ("a.b_c-d@sub.example.co.uk", "a.b_c-d@sub.example.co.uk"),
            ("ann@пример.рф", "ann@xn--e1afmkfd.xn--p1ai"),
        ] {
            assert_eq!(parse(given).map(|a| a.to_string()), Ok(taken.to_owned()), "{given}");
        }
    }

    #[test]
    fn dangerous_addresses_are_refused() {
        for (given, problem) in [
            ("ann", AddressProblem::Form),
            ("a@b@c.org", AddressProblem::Form),
            (".a@x.org", AddressProblem::LocalPart),
            ("a..b@x.org", AddressProblem::LocalPart),
            ("\"x@evil y\"@internal", AddressProblem::Form),
            ("\"x y\"@example.com", AddressProblem::LocalPart),
            ("-oQ/tmp@example.com", AddressProblem::LocalPart),
            ("аdmin@example.com", AddressProblem::LocalPart),
            ("a@[127.0.0.1]", AddressProblem::Domain),
            ("a@127.0.0.1", AddressProblem::Domain),
            ("a@0x7f000001", AddressProblem::Domain),
            ("a@[::1]", AddressProblem::Domain),
            ("a@localhost", AddressProblem::Domain),
            ("a@example.com\r\nRCPT TO:<b@example.com>", AddressProblem::Form),
            ("a@example.com\r\nDATA", AddressProblem::Domain),
            ("a\nb@example.com", AddressProblem::LocalPart),
            ("a\0@example.com", AddressProblem::LocalPart),
            ("a@exa%0d%0ample.com", AddressProblem::Domain),
            ("a@example.com>", AddressProblem::Domain),
            ("a@exam\u{2028}ple.com", AddressProblem::Domain),
            ("@example.com", AddressProblem::LocalPart),
            ("a@", AddressProblem::Domain),
        ] {
            assert_eq!(parse(given), Err(problem), "{given:?}");
        }
        assert_eq!(parse(&format!("{}@example.com", "a".repeat(65))), Err(AddressProblem::Length));
    }
}
