//! The command line.

use simulator::faults::Profile;

pub(crate) const USAGE: &str = "\
simulator [--profile calm|rough|hostile] [--seeds N] [--from SEED] [--jobs N] [--stop-after FAILURES] [--json FILE]
simulator [--profile …] --replay SEED [--trace] [--only STEP,STEP,…]";

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub profile: Profile,
    pub seeds: u64,
    pub from: u64,
    pub jobs: usize,
    pub stop_after: usize,
    pub json: Option<String>,
    pub replay: Option<u64>,
    pub trace: bool,
    pub only: Option<Vec<usize>>,
}

pub(crate) fn read(words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut all = Arguments {
        profile: Profile::Hostile,
        seeds: 1_000,
        from: 0,
        jobs: 1,
        stop_after: 10,
        json: None,
        replay: None,
        trace: false,
        only: None,
    };
    let mut words = words;
    while let Some(word) = words.next() {
        if word == "--trace" {
            all.trace = true;
            continue;
        }
        let value = words.next().ok_or(format!("{word} needs a value"))?;
        take(&mut all, &word, &value)?;
    }
    Ok(all)
}

fn take(all: &mut Arguments, word: &str, value: &str) -> Result<(), String> {
    let wrong = |what: &str| format!("{word} {value}: should be {what}");
    let number = || value.parse::<u64>().map_err(|_| wrong("a number"));
    match word {
        "--profile" => {
            all.profile = Profile::parse(value).ok_or(wrong("calm, rough or hostile"))?;
        }
        "--seeds" => all.seeds = number()?,
        "--from" => all.from = number()?,
        "--jobs" => all.jobs = number()?.clamp(1, 64) as usize,
        "--stop-after" => all.stop_after = number()? as usize,
        "--json" => all.json = Some(value.to_owned()),
        "--replay" => all.replay = Some(number()?),
        "--only" => {
            let steps: Result<_, _> = value.split(',').map(str::parse).collect();
            all.only = Some(steps.map_err(|_| wrong("numbers of steps, with commas"))?);
        }
        _ => return Err(format!("there is no {word}")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn line(text: &str) -> Result<Arguments, String> {
        read(text.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_line_is_read() {
        let all = line("--seeds 7 --profile calm --jobs 2 --replay 9 --trace --only 1,5").unwrap();
        assert_eq!((all.seeds, all.profile, all.jobs, all.replay), (7, Profile::Calm, 2, Some(9)));
        assert_eq!((all.trace, all.only), (true, Some(vec![1, 5])));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(line("--seeds many").unwrap_err().contains("--seeds many"));
        assert!(line("--seeds").unwrap_err().contains("needs a value"));
        assert!(line("--fast 1").unwrap_err().contains("--fast"));
        assert!(line("--profile mild").unwrap_err().contains("hostile"));
    }
}
