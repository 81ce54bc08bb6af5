//! What the platform carries back in the echo of a send.

/// Says of which delivery a message is, and which part of it. The last part carries the delivery's id alone: its echo, and no
/// other's, says that the whole delivery was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartTag {
    pub delivery: String,
    /// From 1.
    pub number: usize,
    pub of: usize,
}

impl PartTag {
    pub fn write(delivery: &str, number: usize, of: usize) -> String {
        if number == of { delivery.to_owned() } else { format!("{delivery}#{number}/{of}") }
    }

    /// `None` for anything but the mark of one part among several.
    pub fn parse(tag: &str) -> Option<Self> {
        let (delivery, part) = tag.rsplit_once('#')?;
        let (number, of) = part.split_once('/')?;
        Some(Self { delivery: delivery.to_owned(), number: number.parse().ok()?, of: of.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::PartTag;

    #[test]
    fn only_the_last_part_is_marked_with_the_delivery_itself() {
        assert_eq!(PartTag::write("d1", 1, 1), "d1");
        assert_eq!(PartTag::write("d1", 3, 3), "d1");
        let first = PartTag::write("d1", 1, 3);
        assert_eq!(PartTag::parse(&first), Some(PartTag { delivery: "d1".into(), number: 1, of: 3 }));
        for other in ["d1", "", "#", "a#b", "a#1/x", "a#/"] {
            assert_eq!(PartTag::parse(other), None, "{other}");
        }
    }
}
