//! Why a whole request is refused, and how that is said.

use presence::store::StoreError;
use serde::Serialize;

use crate::config::{MAX_RECORDS, MAX_REQUEST};
use crate::http::Answer;

/// Why a request is refused as a whole. Nothing of it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No such path, or not with this method: 404.
    NotFound,
    /// A body is missing: 400.
    NoBody,
    /// Not one of the three content types, byte for byte: 400.
    Unsupported,
    /// The body is no JSON: 400.
    Undecodable,
    /// JSON of the wrong shape, and what is wrong with it, from the outside in: 400.
    Schema(Vec<String>),
    /// A parameter is not what it must be: 400.
    Parameter(&'static str, &'static str),
    /// There is no list of records: 422.
    NoRecords,
    /// The right shape, and still wrong: 422.
    Invalid(String),
    /// The body is too large, or holds too many records: 413.
    TooLarge,
    /// No such topic: 404.
    UnknownTopic,
    /// No such partition, in the words for whoever asked: 404.
    UnknownPartition(String),
    /// The storage refused; the same may succeed later: 503.
    Storage(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Storage(error)
    }
}

#[derive(Serialize)]
struct Body<'a> {
    error_code: u16,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_errors: Option<&'a [String]>,
}

impl Refusal {
    /// The answer that says so.
    pub fn answer(&self) -> Answer {
        let status = self.status();
        let validation_errors =
            if let Self::Schema(errors) = self { Some(&**errors) } else { None };
        let body = Body { error_code: status, message: self.message(), validation_errors };
        Answer::json(status, &body)
    }

    fn status(&self) -> u16 {
        match self {
            Self::NotFound | Self::UnknownTopic | Self::UnknownPartition(_) => 404,
            Self::NoRecords | Self::Invalid(_) => 422,
            Self::TooLarge => 413,
            Self::Storage(_) => 503,
            _ => 400,
        }
    }

    fn message(&self) -> String {
        const VALIDATION: &str = "Validation error on: ";
        match self {
            Self::NotFound => "Not Found".into(),
            Self::NoBody => {
                format!("{VALIDATION}The related request does not contain the required body.")
            }
            Self::Unsupported => {
                format!("{VALIDATION}The format of the request body is not supported")
            }
            Self::Undecodable => format!("{VALIDATION}The request body can't be decoded"),
            Self::Schema(_) => format!("{VALIDATION}Schema validation error"),
            Self::Parameter(name, expected) => format!("{VALIDATION}{name} must be {expected}"),
            // Word for word what the bridge says, so that what recognises it there does so here.
            Self::NoRecords => "Cannot invoke \
                \"com.fasterxml.jackson.databind.node.ArrayNode.iterator()\" because \
                \"jsonArray\" is null"
                .into(),
            Self::Invalid(message) | Self::UnknownPartition(message) => message.clone(),
            Self::TooLarge => format!(
                "A request may hold {MAX_REQUEST} bytes and {MAX_RECORDS} records, and not more"
            ),
            Self::UnknownTopic => {
                "org.apache.kafka.common.errors.UnknownTopicOrPartitionException: \
                This server does not host this topic-partition."
                    .into()
            }
            Self::Storage(error) => error.to_string(),
        }
    }
}
