//! Reading a request's body, as much of it as is allowed, for as long as is allowed.

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use tokio::time::{Duration, timeout};

use super::Refused;

fn refuse(status: u16, text: impl Into<String>) -> Refused {
    Refused { status, text: text.into() }
}

/// The whole body, or why not.
pub(super) async fn read(body: Body, most: usize, time: Duration) -> Result<Vec<u8>, Refused> {
    match timeout(time, whole(body, most)).await {
        Ok(read) => read,
        Err(_) => Err(refuse(408, "the body did not arrive in time")),
    }
}

async fn whole(mut body: Body, most: usize) -> Result<Vec<u8>, Refused> {
    let told = body.size_hint().exact().and_then(|bytes| usize::try_from(bytes).ok());
    let mut read = Vec::with_capacity(told.unwrap_or(0).min(most));
    let mut bytes = 0;
    while let Some(data) = next(&mut body).await? {
        bytes += data.len();
        if bytes <= most {
            read.extend_from_slice(&data);
        } else if bytes > most.saturating_mul(2) {
            break;
        }
        // A little more is read and dropped: a client that still writes would not see the answer.
    }
    if bytes <= most {
        return Ok(read);
    }
    let actual = told.unwrap_or(bytes);
    let limit = format!("Limit: {most} bytes, Actual: {actual} bytes.");
    Err(refuse(413, format!("max request size exceeded. {limit}")))
}

async fn next(body: &mut Body) -> Result<Option<Bytes>, Refused> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| refuse(400, "the body ends in the middle"))?;
        // Others are trailers, which say nothing here.
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, Bytes};
    use futures_util::stream;
    use tokio::time::Duration;

    use super::read;

    const LONG: Duration = Duration::from_mins(1);

    fn chunks(chunks: Vec<&'static str>) -> Body {
        let chunks = chunks.into_iter().map(|chunk| Ok::<_, std::io::Error>(Bytes::from(chunk)));
        Body::from_stream(stream::iter(chunks))
    }

    #[tokio::test]
    async fn a_body_is_read_to_its_limit_and_not_beyond() {
        assert_eq!(read(chunks(vec!["ab", "", "cd"]), 4, LONG).await, Ok(b"abcd".to_vec()));
        let refused = read(chunks(vec!["ab", "cde"]), 4, LONG).await.unwrap_err();
        assert_eq!(refused.status, 413);
        assert!(refused.text.contains("Limit: 4 bytes, Actual: 5 bytes."), "{}", refused.text);
    }

    #[tokio::test]
    async fn a_body_that_never_comes_is_not_waited_for() {
        let never = stream::pending::<Result<Bytes, std::io::Error>>();
        let refused =
            read(Body::from_stream(never), 4, Duration::from_millis(1)).await.unwrap_err();
        assert_eq!(refused.status, 408);
    }

    #[tokio::test]
    async fn an_endless_body_is_left_alone_before_long() {
        let endless = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from("x")));
        assert_eq!(read(Body::from_stream(endless), 4, LONG).await.unwrap_err().status, 413);
    }
}
