//! VK's reactions, which are numbers. The order is VK's own (`messages.getReactionsAssets`).

const REACTIONS: &[&str] = &["❤", "🔥", "😂", "👍", "💩", "❓", "😭", "😡", "👎", "👌", "😄", "🤔", "🙏", "😘", "😍", "🎉"];

/// What can be reacted with.
pub const SET: &[&str] = REACTIONS;

/// The emoji of a number; a question mark for one that is not known here.
pub fn emoji(id: i64) -> &'static str {
    usize::try_from(id.saturating_sub(1)).ok().and_then(|at| REACTIONS.get(at)).copied().unwrap_or("❔")
}

/// The number of an emoji, with or without the selector of its coloured form.
pub fn number(emoji: &str) -> Option<usize> {
    let plain = emoji.trim_end_matches('\u{fe0f}');
    REACTIONS.iter().position(|known| *known == plain).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::{REACTIONS, emoji, number};

    #[test]
    fn numbers_and_emoji_are_each_others() {
        for (at, known) in (1..).zip(REACTIONS) {
            assert_eq!(emoji(at), *known);
            assert_eq!(number(known), usize::try_from(at).ok());
        }
        assert_eq!((emoji(0), emoji(-9), emoji(99)), ("❔", "❔", "❔"));
        assert_eq!((number("❤\u{fe0f}"), number("🐳")), (Some(1), None));
    }
}
