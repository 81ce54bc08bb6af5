//! The smaller forms of a file that the build puts beside it.

/// A content coding (RFC 9110, 8.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The name of this form of a file.
    pub(crate) fn name_of(self, file: &str) -> String {
        let extension = match self {
            Self::Brotli => "br",
            Self::Gzip => "gz",
        };
        format!("{file}.{extension}")
    }
}

/// What an `Accept-Encoding` takes, the smallest first. A browser's own order of preference is about speed of packing, and
/// ours are packed already.
pub(crate) fn accepted(header: &str) -> Vec<Encoding> {
    let takes = |encoding: &Encoding| {
        header.split(',').any(|part| {
            let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
            name.trim().eq_ignore_ascii_case(encoding.as_str()) && !is_refused(parameters)
        })
    };
    [Encoding::Brotli, Encoding::Gzip].into_iter().filter(takes).collect()
}

/// `q=0`, in any of its spellings; one that cannot be read refuses as well.
fn is_refused(parameters: &str) -> bool {
    let weight = parameters.split(';').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim().parse::<f32>().unwrap_or(0.0))
    });
    weight.is_some_and(|weight| weight <= 0.0)
}
