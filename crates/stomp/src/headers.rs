use std::fmt;
use std::ops::Range;

/// The headers of a frame, in order, repeated ones included.
///
/// All names and values share one string, so a frame costs two allocations however many headers
/// it has.
#[derive(Clone, Default)]
pub struct Headers {
    text: String,
    spans: Vec<Span>,
}

/// Where one header stands in the text.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) name: Range<usize>,
    pub(crate) value: Range<usize>,
}

impl Headers {
    /// No headers; allocates nothing.
    pub const fn new() -> Self {
        Self { text: String::new(), spans: Vec::new() }
    }

    /// Room for headers whose names and values together have `bytes` bytes.
    pub(crate) fn with_capacity(headers: usize, bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), spans: Vec::with_capacity(headers) }
    }

    /// Headers over a text that also holds what lies between them.
    pub(crate) const fn from_parts(text: String, spans: Vec<Span>) -> Self {
        Self { text, spans }
    }

    /// The value of the first header of this name: repeated ones after it do not count.
    pub fn get(&self, name: &str) -> Option<&str> {
        let text = self.text.as_bytes();
        let found = self.spans.iter().find(|span| {
            span.name.len() == name.len() && text.get(span.name.clone()) == Some(name.as_bytes())
        })?;
        Some(self.slice(&found.value))
    }

    /// Whether there is a header of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Adds a header after all others.
    pub fn push(&mut self, name: &str, value: &str) {
        let start = self.text.len();
        self.text.push_str(name);
        let middle = self.text.len();
        self.text.push_str(value);
        self.spans.push(Span { name: start..middle, value: middle..self.text.len() });
    }

    /// The headers in order, as name and value.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> + ExactSizeIterator {
        self.spans.iter().map(|span| (self.slice(&span.name), self.slice(&span.value)))
    }

    /// How many headers there are, repeated ones included.
    pub const fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Shortens every name and value to what `trim` keeps of it.
    pub(crate) fn trim_with(&mut self, trim: impl Fn(&str) -> &str) {
        let text = self.text.as_str();
        for range in self.spans.iter_mut().flat_map(|span| [&mut span.name, &mut span.value]) {
            let whole = text.get(range.clone()).unwrap_or_default();
            let kept = trim(whole);
            let skipped = kept.as_ptr().addr() - whole.as_ptr().addr();
            range.start += skipped;
            range.end = range.start + kept.len();
        }
    }

    // Every range was made at character boundaries of this very text.
    fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }
}

impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Headers {}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> Extend<(N, V)> for Headers {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, headers: I) {
        for (name, value) in headers {
            self.push(name.as_ref(), value.as_ref());
        }
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        let mut all = Self::new();
        all.extend(headers);
        all
    }
}
