//! Writes the OpenAPI document to `web/openapi.json` and the `AsyncAPI` document to `web/asyncapi.json`.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
    std::fs::write(web.join("openapi.json"), format!("{:#}\n", edge::openapi::document()))?;
    std::fs::write(web.join("asyncapi.json"), format!("{:#}\n", edge::asyncapi::document()))
}
