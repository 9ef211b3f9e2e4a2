//! The address of a request, as the platform gives it: already normalised, so it only needs cutting.

/// The parts of an absolute URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// Scheme, host and port, as in the `Origin` header.
    pub origin: &'a str,
    /// Still percent-encoded; begins with a slash.
    pub path: &'a str,
    /// Without the question mark; empty if there is none.
    pub query: &'a str,
}

impl<'a> Address<'a> {
    /// Cuts `url`. What is no absolute URL has an empty origin and is all path.
    pub fn parse(url: &'a str) -> Self {
        let url = url.split('#').next().unwrap_or_default();
        let (rest, query) = url.split_once('?').unwrap_or((url, ""));
        let host = rest.find("://").map_or(0, |at| at + 3);
        let path_at = rest.get(host..).and_then(|after| after.find('/')).map(|at| host + at);
        let (origin, path) =
            rest.split_at_checked(path_at.unwrap_or(rest.len())).unwrap_or((rest, ""));
        Self { origin, path: if path.is_empty() { "/" } else { path }, query }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_cut_into_origin_path_and_query() {
        let cut = |url| {
            let Address { origin, path, query } = Address::parse(url);
            (origin, path, query)
        };
        assert_eq!(cut("https://a.example/x/y?b=/c?d#e"), ("https://a.example", "/x/y", "b=/c?d"));
        assert_eq!(cut("http://127.0.0.1:8787/"), ("http://127.0.0.1:8787", "/", ""));
        assert_eq!(cut("http://a.example"), ("http://a.example", "/", ""));
        assert_eq!(cut("http://a.example?q"), ("http://a.example", "/", "q"));
        assert_eq!(cut("/only/path"), ("", "/only/path", ""));
        assert_eq!(cut(""), ("", "/", ""));
    }
}
