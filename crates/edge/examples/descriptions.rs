//! Writes the OpenAPI document to `web/openapi.json`.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/openapi.json");
    std::fs::write(path, format!("{:#}\n", edge::openapi::document()))
}
