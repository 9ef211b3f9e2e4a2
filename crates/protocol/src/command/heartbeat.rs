//! `heartbeat`: `{device?: {type?, name?, os?, appVersion?}}`.

use presence::effects::Command;
use presence::errors::Refusal;
use presence::state::{Device, DeviceType};

use super::fields::Fields;

pub(super) fn parse(fields: Fields<'_>) -> Result<Command, Refusal> {
    fields.object("device")?.map(device).transpose().map(Command::Heartbeat)
}

fn device(fields: Fields<'_>) -> Result<Device, Refusal> {
    let owned = |name| fields.short_text(name).map(|text| text.map(str::to_owned));
    // A kind of device that this version does not know is `other`: new clients may meet old servers.
    let kind = fields.text("type")?.map(|text| DeviceType::parse(text).unwrap_or_default());
    Ok(Device { kind, name: owned("name")?, os: owned("os")?, app_version: owned("appVersion")? })
}
