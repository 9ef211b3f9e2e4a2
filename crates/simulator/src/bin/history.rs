//! Makes a batch of client histories from a seed, plays them, and prints both as JSON, for the same to
//! be played against the real server: `history --seed N [--histories 10] [--least 100] [--most 300]
//! [--kills 0]`.

use std::process::ExitCode;

use simulator::history::{Size, batch};

fn read(words: impl Iterator<Item = String>) -> Result<(u64, Size), String> {
    let mut seed = 0;
    let mut size = Size { histories: 10, least: 100, most: 300, kills: 0 };
    let mut words = words;
    while let Some(word) = words.next() {
        let value = words.next().ok_or(format!("{word} needs a value"))?;
        let number: i64 = value.parse().map_err(|_| format!("{word} {value}: not a number"))?;
        match word.as_str() {
            "--seed" => seed = number as u64,
            "--histories" => size.histories = number as u64,
            "--least" => size.least = number,
            "--most" => size.most = number,
            "--kills" => size.kills = number,
            _ => return Err(format!("there is no {word}")),
        }
    }
    Ok((seed, size))
}

fn main() -> ExitCode {
    let made = read(std::env::args().skip(1)).and_then(|(seed, size)| batch(seed, size));
    match made {
        Ok(batch) => {
            println!("{}", serde_json::json!(batch));
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
