//! What every fuzz target does: any bytes are translated without a panic, and the same bytes always to the same.

use trunkline_channel::Translator;

/// # Panics
/// When a translator gives two answers to one question; that, and any panic of its own, is what is looked for.
pub fn translate(translator: &dyn Translator, data: &[u8]) {
    for raw in translator.events_of(data) {
        let once = translator.translate(&raw);
        assert_eq!(once, translator.translate(&raw), "a translator has no memory");
    }
}
