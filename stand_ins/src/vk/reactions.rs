//! VK's reactions by number, which is all that the API tells of them.

const REACTIONS: [&str; 16] = ["❤", "🔥", "😂", "👍", "💩", "❓", "😭", "😡", "👎", "👌", "😄", "🤔", "🙏", "😘", "😍", "🎉"];

/// The number of an emoji, with or without the selector that makes it colourful.
#[must_use]
pub fn number(emoji: &str) -> Option<i64> {
    let plain = emoji.trim_end_matches('\u{fe0f}');
    REACTIONS.iter().position(|known| *known == plain).and_then(|at| i64::try_from(at + 1).ok())
}

/// The emoji of a number.
#[must_use]
pub fn emoji(number: i64) -> Option<&'static str> {
    REACTIONS.get(usize::try_from(number).ok()?.checked_sub(1)?).copied()
}
