//! `typing`: `{to, typing}`.

use presence::effects::Command;
use presence::errors::Refusal;

use super::fields::Fields;

pub(super) fn parse(fields: Fields<'_>) -> Result<Command, Refusal> {
    Ok(Command::Typing { to: fields.recipients()?, typing: fields.flag("typing")? })
}
