//! The static pages: which files are served where, and the headers that keep them harmless.

/// Files beside `docs.html` that the documentation page needs, and so everybody may read. Everything
/// else under `/assets/` belongs to the demo and is there in development only.
const OPEN_ASSETS: &[&str] = &["base.css", "docs.css", "dom.js", "favicon.svg"];
/// And everything in this folder.
const OPEN_FOLDER: &str = "docs/";

/// Whether `/assets/{path}` is open outside development.
pub fn is_open_asset(path: &str) -> bool {
    let plain = !path.contains("..") && !path.contains('\\') && !path.contains('%');
    plain && (OPEN_ASSETS.contains(&path) || path.starts_with(OPEN_FOLDER))
}

/// No inline script or style, nothing from elsewhere; sockets to the own origin only (older browsers do
/// not count `ws:` as `'self'`, hence the schemes, in development only, where the demo needs them).
pub fn headers(development: bool) -> [(&'static str, &'static str); 4] {
    let policy = if development {
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self' ws: wss:; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    } else {
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    };
    [
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test stops at the first surprise"
    )]
    use std::path::{Path, PathBuf};

    use super::*;

    fn web() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web")
    }

    #[test]
    fn the_demo_is_closed_and_the_documentation_open() {
        for open in ["base.css", "docs.css", "docs/page.js", "favicon.svg"] {
            assert!(is_open_asset(open), "{open}");
        }
        for closed in [
            "",
            "client.js",
            "demo/app.js",
            "docs",
            "docs/../demo/app.js",
            "docs/%2e%2e/client.js",
            "docs\\..\\x",
            "/base.css",
        ] {
            assert!(!is_open_asset(closed), "{closed}");
        }
    }

    #[test]
    fn all_that_the_documentation_page_refers_to_is_open() {
        let page = std::fs::read_to_string(web().join("docs.html")).unwrap();
        let named: Vec<&str> =
            page.split('"').filter_map(|part| part.strip_prefix("/assets/")).collect();
        assert!(named.len() >= 3, "{named:?}");
        for path in named {
            assert!(is_open_asset(path) && web().join("assets").join(path).is_file(), "{path}");
        }
    }

    #[test]
    fn all_that_its_modules_import_is_open() {
        let assets = web().join("assets");
        for file in std::fs::read_dir(assets.join("docs")).unwrap() {
            let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for import in source.split(" from '").skip(1).filter_map(|rest| rest.split('\'').next())
            {
                let path = match import.strip_prefix("../") {
                    Some(above) => above.to_owned(),
                    None => format!("docs/{}", import.trim_start_matches("./")),
                };
                assert!(is_open_asset(&path) && assets.join(&path).is_file(), "{import}");
            }
        }
    }
}
