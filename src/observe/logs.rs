//! Log lines on standard error.

use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::config::{Log, LogFormat};

/// Our own crates, whose lines are written with care. Libraries log headers, frames and statements below `warn`,
/// customers' words and tokens among them: no setting lets those through.
const OURS: &str = "trunkline";

/// Whether a text is a level or a filter.
#[must_use]
pub fn is_log_level(text: &str) -> bool {
    !text.is_empty() && EnvFilter::builder().with_regex(false).parse(text).is_ok() && !text.contains(['[', ']', '{', '}'])
}

/// Starts logging; once per process. Panics are logged as well, by place and not by message, which may quote data.
pub fn init(log: &Log) -> Result<(), TryInitError> {
    let wanted = EnvFilter::builder().with_regex(false).parse_lossy(&log.level);
    let harmless = filter_fn(|line| line.target().starts_with(OURS) || *line.level() <= Level::WARN);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match log.format {
        LogFormat::Json => lines.json().flatten_event(false).with_current_span(false).boxed(),
        LogFormat::Pretty => lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).boxed(),
    };
    // For the whole registry: a filter of one layer loses the line that follows somebody's `enabled!` (sqlx asks so).
    tracing_subscriber::registry().with(wanted).with(harmless).with(lines).try_init()?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        // A text that stands in the program holds no data; a formatted one may.
        let message = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(message left out)");
        tracing::error!(place, message, "panic");
    }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_log_level;

    #[test]
    fn levels_and_filters_are_told_from_nonsense() {
        for fine in ["info", "TRACE", "off", "info,trunkline::intake=debug", "warn,trunkline=trace"] {
            assert!(is_log_level(fine), "{fine}");
        }
        for nonsense in ["", "info,x=loud", "a=b=c", "info[{x=1}]"] {
            assert!(!is_log_level(nonsense), "{nonsense}");
        }
    }
}
