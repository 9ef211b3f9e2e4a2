//! What an error of a broker, or of the way to it, means for the records that were sent. Pure.

use rskafka::BackoffError;
use rskafka::client::error::{Error, ProtocolError};

use embedded_kafka::protocol::Outcome;

/// What an error means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A record of the batch is refused for good. Nothing of the batch was written.
    Record(Outcome),
    /// Every record for the topic is refused, until somebody changes something.
    Topic(Outcome),
    /// Nothing was written, and it may be some time.
    Again,
    /// It may have been written.
    Doubt,
}

/// What a client's error means for records that were on their way to a topic.
pub(super) fn verdict(error: &Error, topic: &str) -> Verdict {
    match plain(error) {
        Error::ServerError { protocol_error, .. } => said(*protocol_error, topic),
        // Nothing goes out before a connection is there. Who is refused at its door stays refused.
        Error::Connection(error) => match login_refused(&error.to_string()) {
            Some(refused) => Verdict::Topic(refused),
            None => Verdict::Again,
        },
        _ => Verdict::Doubt,
    }
}

/// What the client wraps when it gives up repeating, which it is told to do at once.
fn plain(error: &Error) -> &Error {
    match error {
        Error::RetryFailed(BackoffError::DeadlineExceded { source, .. }) => {
            source.downcast_ref::<Error>().map_or(error, plain)
        }
        other => other,
    }
}

/// What becomes of all records while the brokers refuse the gateway's login, if that is what this says.
pub(super) fn login_refused(text: &str) -> Option<Outcome> {
    let refused = ["SaslAuthenticationFailed", "UnsupportedSaslMechanism", "Sasl session error"]
        .iter()
        .any(|word| text.contains(word));
    refused
        .then(|| Outcome::failed(401, "Authentication failed: Kafka refuses the gateway's login."))
}

/// What a broker says, in the words of Kafka's own client where there is something to read.
fn said(error: ProtocolError, topic: &str) -> Verdict {
    use ProtocolError as E;
    let record = |words: &str| Verdict::Record(Outcome::failed(500, words));
    match error {
        E::MessageTooLarge | E::RecordListTooLarge => record(
            "The request included a message larger than the max message size the server will accept.",
        ),
        E::InvalidRecord => record(
            "This record has failed the validation on the broker and hence has been rejected.",
        ),
        E::InvalidTimestamp => record("The timestamp of the message is out of acceptable range."),
        E::PolicyViolation => record("Request parameters do not satisfy the configured policy."),
        E::InvalidTopicException => Verdict::Topic(Outcome::illegal_topic(topic)),
        E::TopicAuthorizationFailed => Verdict::Topic(Outcome::failed(
            403,
            format!("Not authorized to access topics: [{topic}]"),
        )),
        E::ClusterAuthorizationFailed => {
            Verdict::Topic(Outcome::failed(403, "Cluster authorization failed."))
        }
        // The leader wrote it and does not know of its followers; or nobody knows what it means.
        E::RequestTimedOut
        | E::NotEnoughReplicasAfterAppend
        | E::UnknownServerError
        | E::Unknown(_) => Verdict::Doubt,
        // Another leader, too few replicas, no such topic (any more): it refused before it wrote.
        _ => Verdict::Again,
    }
}

/// What is said of a record that may have been written, or not.
pub(super) fn doubtful(topic: &str, partition: u32, waited_ms: u128) -> Outcome {
    Outcome::failed(
        500,
        format!(
            "Expiring 1 record(s) for {topic}-{partition}:{waited_ms} ms has passed since batch creation"
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use embedded_kafka::protocol::Outcome;
    use rskafka::BackoffError;
    use rskafka::client::error::{Error, ProtocolError, RequestError};

    use super::{Verdict, login_refused, said, verdict};

    fn broken() -> Error {
        Error::Request(RequestError::IO(std::io::ErrorKind::BrokenPipe.into()))
    }

    fn given_up(error: Error) -> Error {
        let (deadline, source) = (Duration::ZERO, Box::new(error));
        Error::RetryFailed(BackoffError::DeadlineExceded { deadline, source })
    }

    fn code(verdict: &Verdict) -> Option<u16> {
        match verdict {
            Verdict::Record(Outcome::Failed { error_code, .. })
            | Verdict::Topic(Outcome::Failed { error_code, .. }) => Some(*error_code),
            _ => None,
        }
    }

    #[test]
    fn what_broke_under_way_may_have_been_written() {
        for error in [broken(), given_up(broken()), given_up(given_up(broken())), Error::Timeout] {
            assert_eq!(verdict(&error, "t"), Verdict::Doubt, "{error}");
        }
        for error in [
            ProtocolError::RequestTimedOut,
            ProtocolError::NotEnoughReplicasAfterAppend,
            ProtocolError::UnknownServerError,
            ProtocolError::Unknown(1_234),
        ] {
            assert_eq!(said(error, "t"), Verdict::Doubt, "{error:?}");
        }
    }

    #[test]
    fn what_a_broker_refused_for_now_was_not_written() {
        for error in [
            ProtocolError::NotLeaderOrFollower,
            ProtocolError::LeaderNotAvailable,
            ProtocolError::NotEnoughReplicas,
            ProtocolError::UnknownTopicOrPartition,
            ProtocolError::KafkaStorageError,
            ProtocolError::ThrottlingQuotaExceeded,
        ] {
            assert_eq!(said(error, "t"), Verdict::Again, "{error:?}");
        }
    }

    #[test]
    fn a_record_and_a_topic_are_refused_with_codes_of_their_own() {
        let large = said(ProtocolError::MessageTooLarge, "t");
        assert!(matches!(large, Verdict::Record(_)) && code(&large) == Some(500), "{large:?}");
        let invalid = said(ProtocolError::InvalidRecord, "t");
        assert!(matches!(invalid, Verdict::Record(_)) && code(&invalid) == Some(500));
        let forbidden = said(ProtocolError::TopicAuthorizationFailed, "t");
        let words = "Not authorized to access topics: [t]";
        assert_eq!(forbidden, Verdict::Topic(Outcome::failed(403, words)));
        let named = said(ProtocolError::InvalidTopicException, "t");
        assert_eq!(named, Verdict::Topic(Outcome::illegal_topic("t")));
    }

    #[test]
    fn a_refused_login_is_told_from_a_broken_connection() {
        let refused = "Sasl handshake failed: API error: SaslAuthenticationFailed";
        assert!(matches!(login_refused(refused), Some(Outcome::Failed { error_code: 401, .. })));
        assert_eq!(login_refused("Sasl handshake failed: Request error: broken pipe"), None);
    }
}
