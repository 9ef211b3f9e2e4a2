//! Who is online, from the topic `presence-events` alone.
//!
//! `cargo run -p consumer-rust -- localhost:9092 [TOPIC] [--until-end]`

#![allow(clippy::indexing_slicing, reason = "a member that a JSON value lacks is null")]

mod users;

use std::process::ExitCode;

use rskafka::client::ClientBuilder;
use rskafka::client::error::Error;
use rskafka::client::partition::{OffsetAt, PartitionClient, UnknownTopicHandling};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use users::Users;

/// One partition, and how far it is read.
struct Reader {
    partition: PartitionClient,
    next: i64,
    /// What retention took is no gap: a user is whole from the first event on where the log begins at 0.
    fresh: bool,
    /// Where it ended at the start.
    end: i64,
}

async fn readers(bootstrap: &str, topic: &str) -> Result<Vec<Reader>, Error> {
    let brokers = bootstrap.split(',').map(str::to_owned).collect();
    let client = ClientBuilder::new(brokers).build().await?;
    let topics = client.list_topics().await?;
    let found = topics.into_iter().filter(|found| found.name == topic);
    let mut readers = Vec::new();
    for number in found.flat_map(|found| found.partitions) {
        let partition = client.partition_client(topic, number, UnknownTopicHandling::Error).await?;
        let next = partition.get_offset(OffsetAt::Earliest).await?;
        let end = partition.get_offset(OffsetAt::Latest).await?;
        readers.push(Reader { partition, next, fresh: next == 0, end });
    }
    Ok(readers)
}

/// Reads in turn, for ever or until what was there at the start is read.
async fn read(mut readers: Vec<Reader>, until_end: bool, users: &mut Users) -> Result<(), Error> {
    while !until_end || readers.iter().any(|reader| reader.next < reader.end) {
        for reader in &mut readers {
            let (records, _) =
                reader.partition.fetch_records(reader.next, 1..1_000_000, 100).await?;
            for found in records {
                reader.next = found.offset + 1;
                if let Some(line) = users.take(&found.record, reader.fresh) {
                    println!("{line}");
                }
            }
        }
    }
    Ok(())
}

async fn run(users: &mut Users) -> Result<(), Box<dyn std::error::Error>> {
    let (flags, names): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|text| text.starts_with("--"));
    let bootstrap = names.first().map_or("localhost:9092", String::as_str);
    let topic = names.get(1).map_or("presence-events", String::as_str);
    let until_end = flags.iter().any(|flag| flag == "--until-end");
    let mut stop = signal(SignalKind::terminate())?;
    let readers = readers(bootstrap, topic).await?;
    tokio::select! {
        read = read(readers, until_end, users) => Ok(read?),
        _ = stop.recv() => Ok(()),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut users = Users::default();
    if let Err(error) = run(&mut users).await {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    let (online, gaps) = users.list();
    println!("{}", json!({ "online": online, "gaps": gaps }));
    if gaps.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) }
}
