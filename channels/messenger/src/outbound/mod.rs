mod plan;
mod tag;
pub(crate) use tag::PartTag;
use trunkline_channel::SendError;
fn rejected(code: &str, shown: &str) -> SendError {
    SendError::Rejected { code: code.to_owned(), shown: shown.to_owned() }
}
