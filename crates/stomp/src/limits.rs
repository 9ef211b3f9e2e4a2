/// What a peer may make a parser hold; beyond it the stream fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of one frame, from its command to its NUL, both included.
    pub max_frame: usize,
    /// The bytes of one header line, without its LF.
    pub max_header: usize,
    /// The headers of one frame, repeated ones included.
    pub max_headers: usize,
}

impl Default for Limits {
    /// 64 KiB a frame, 8 KiB a header, 64 headers.
    fn default() -> Self {
        Self { max_frame: 65_536, max_header: 8_192, max_headers: 64 }
    }
}
