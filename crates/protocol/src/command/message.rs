//! `message.send`: `{to, clientMessageId?, content}`.

use presence::effects::Command;
use presence::errors::{ErrorCode, Refusal};
use serde_json::Value;

use super::fields::{Fields, invalid};
use super::{MAX_CONTENT, MAX_DEPTH};

pub(super) fn parse(fields: Fields<'_>) -> Result<Command, Refusal> {
    let to = fields.recipients()?;
    let client_message_id = fields.short_text("clientMessageId")?;
    if client_message_id == Some("") {
        return Err(invalid("clientMessageId", "not empty"));
    }
    let content = fields.named("content").ok_or_else(|| invalid("content", "there"))?;
    check_size(content)?;
    if !is_within(content, MAX_DEPTH) {
        return Err(invalid("content", &format!("nested at most {MAX_DEPTH} levels deep")));
    }
    Ok(Command::SendMessage {
        to,
        client_message_id: client_message_id.map(str::to_owned),
        content: content.clone(),
    })
}

fn check_size(content: &Value) -> Result<(), Refusal> {
    let size = content.to_string().len();
    if size > MAX_CONTENT {
        let detail = format!("`content` has {size} bytes of JSON; at most {MAX_CONTENT} fit");
        return Err(Refusal::new(ErrorCode::ContentTooLarge, detail));
    }
    Ok(())
}

/// Whether lists and objects stand in one another at most `levels` times.
fn is_within(value: &Value, levels: usize) -> bool {
    let within = |inner: &Value| levels > 0 && is_within(inner, levels - 1);
    match value {
        Value::Array(list) => levels > 0 && list.iter().all(within),
        Value::Object(fields) => levels > 0 && fields.values().all(within),
        _ => true,
    }
}
