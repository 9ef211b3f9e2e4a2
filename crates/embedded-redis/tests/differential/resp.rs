//! A client that speaks RESP2: as much of it as a comparison needs.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;

use redis_rest::{Command, Outcome, RedisError, Reply};

pub(crate) struct Client(BufReader<UnixStream>);

impl Client {
    pub(crate) fn new(socket: UnixStream) -> Self {
        Self(BufReader::new(socket))
    }

    /// What a command comes to.
    pub(crate) fn ask(&mut self, command: &Command) -> Outcome {
        let mut bytes = format!("*{}\r\n", command.parts().len()).into_bytes();
        for part in command.parts() {
            bytes.extend(format!("${}\r\n", part.len()).into_bytes());
            bytes.extend(part);
            bytes.extend(b"\r\n");
        }
        self.0.get_mut().write_all(&bytes).expect("redis-server takes a command");
        self.read()
    }

    /// The same, its words parted by spaces.
    pub(crate) fn say(&mut self, words: &str) -> Outcome {
        let parts = words.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        self.ask(&Command::from_parts(parts).expect("a command"))
    }

    fn line(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        self.0.read_until(b'\n', &mut line).expect("redis-server answers");
        assert!(line.ends_with(b"\r\n"), "redis-server is gone");
        line.truncate(line.len() - 2);
        line
    }

    fn read(&mut self) -> Outcome {
        let line = self.line();
        let text = String::from_utf8_lossy(&line[1..]).into_owned();
        Ok(match line[0] {
            b'+' => Reply::Status(text),
            b'-' => return Err(RedisError(text)),
            b':' => Reply::Integer(text.parse().expect("a number")),
            b'$' | b'*' if text == "-1" => Reply::Null,
            b'$' => self.bulk(text.parse().expect("a length")),
            b'*' => self.array(text.parse().expect("a length")),
            other => panic!("redis-server answers with {other}"),
        })
    }

    fn bulk(&mut self, length: usize) -> Reply {
        let mut bytes = vec![0; length + 2];
        self.0.read_exact(&mut bytes).expect("redis-server answers");
        bytes.truncate(length);
        Reply::Bulk(bytes)
    }

    /// An error within an array, which only `EXEC` answers, is kept as the text that it is.
    fn array(&mut self, length: usize) -> Reply {
        let one = |_| match self.read() {
            Ok(reply) => reply,
            Err(error) => Reply::Status(format!("-{}", error.0)),
        };
        Reply::Array((0..length).map(one).collect())
    }
}
