//! What is printed. Whoever reads it may have read enough: that is no failure, and the run ends as it would.

use std::io::Write as _;

/// A line, if anybody still reads.
pub(crate) fn line(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
