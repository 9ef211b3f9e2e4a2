#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| doors::redis_answers(data));
