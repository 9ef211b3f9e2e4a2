//! Names a request in answers and log lines.

/// The caller's own id if it is fit for a header and a log line: 1–128 characters from `A–Z a–z 0–9 . _ -`.
pub fn accepted(received: Option<&str>) -> Option<&str> {
    let word = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    received.filter(|id| (1..=128).contains(&id.len()) && id.bytes().all(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_ids_of_sensible_length_are_taken() {
        assert_eq!(accepted(Some("trace-42.a_b")), Some("trace-42.a_b"));
        let long = "x".repeat(129);
        for id in ["", "a b", "<script>", "a\n", "é", long.as_str()] {
            assert_eq!(accepted(Some(id)), None, "{id}");
        }
        assert_eq!(accepted(None), None);
    }
}
