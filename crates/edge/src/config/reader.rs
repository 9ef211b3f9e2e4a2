//! Reads variables one by one and remembers what was wrong with them.

use super::{Lookup, Problem};

/// Collects problems while values are read, so that all are told at once.
pub(super) struct Reader<'a> {
    lookup: Lookup<'a>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(lookup: Lookup<'a>) -> Self {
        Self { lookup, problems: Vec::new() }
    }

    /// Notes that `name` should be `expected`.
    pub(super) fn problem(&mut self, name: &'static str, expected: impl Into<String>) {
        self.problems.push(Problem { name, expected: expected.into() });
    }

    /// The trimmed text; an empty one counts as missing, since dashboards leave empty fields behind.
    pub(super) fn text(&self, name: &'static str) -> Option<String> {
        let text = (self.lookup)(name)?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The text as it is: white space may be part of a secret.
    pub(super) fn secret(&self, name: &'static str) -> Option<String> {
        (self.lookup)(name).filter(|text| !text.is_empty())
    }

    /// A whole number within bounds.
    pub(super) fn number(
        &mut self,
        name: &'static str,
        default: i64,
        least: i64,
        most: i64,
        unit: &str,
    ) -> i64 {
        let Some(text) = self.text(name) else { return default };
        match text.parse() {
            Ok(number) if (least..=most).contains(&number) => number,
            _ => {
                self.problem(name, format!("a whole number of {unit} from {least} to {most}"));
                default
            }
        }
    }

    /// One of a few words; the first is the default.
    pub(super) fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        choices: &[(&str, T)],
        default: T,
    ) -> T {
        let Some(text) = self.text(name) else { return default };
        if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
            return *value;
        }
        let words: Vec<_> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        self.problem(name, words.join(" or "));
        default
    }

    /// An `http` or `https` address with a host, without a trailing slash.
    pub(super) fn url(&mut self, name: &'static str) -> Option<String> {
        let text = self.text(name)?;
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let sound = |host: &str| {
            !host.is_empty() && !host.starts_with('/') && !host.contains(char::is_whitespace)
        };
        if host.is_some_and(sound) {
            return Some(text.trim_end_matches('/').to_owned());
        }
        self.problem(name, "an address that begins with https:// or http://");
        None
    }

    /// The value if nothing was wrong.
    pub(super) fn finish<T>(self, value: T) -> Result<T, Vec<Problem>> {
        if self.problems.is_empty() { Ok(value) } else { Err(self.problems) }
    }
}
