#![no_main]

use std::sync::{Arc, LazyLock};

use trunkline_channel::Translator;

static TRANSLATOR: LazyLock<Arc<dyn Translator>> = LazyLock::new(trunkline_web_chat::offline_translator);

libfuzzer_sys::fuzz_target!(|data: &[u8]| trunkline_fuzz::translate(&**TRANSLATOR, data));
