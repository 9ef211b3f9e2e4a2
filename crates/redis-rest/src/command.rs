//! A command: a name and its arguments, all of them bytes.

use serde::ser::{Error, Serialize, SerializeSeq, Serializer};

/// A Redis command with its arguments, as bytes: the name is the first part.
///
/// As JSON it is an array of strings, which is how it travels; a part that is not UTF-8 cannot, and
/// fails there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Command {
    parts: Vec<Vec<u8>>,
}

impl Command {
    /// A command without arguments yet.
    pub fn new(name: &str) -> Self {
        Self { parts: vec![name.as_bytes().to_vec()] }
    }

    /// The same with one more argument.
    #[must_use]
    pub fn arg(mut self, value: impl AsRef<[u8]>) -> Self {
        self.parts.push(value.as_ref().to_vec());
        self
    }

    /// The same with more arguments.
    #[must_use]
    pub fn args<I>(mut self, values: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<[u8]>,
    {
        self.parts.extend(values.into_iter().map(|value| value.as_ref().to_vec()));
        self
    }

    /// From a name with its arguments; `None` if there is not even a name.
    pub fn from_parts(parts: Vec<Vec<u8>>) -> Option<Self> {
        (!parts.is_empty()).then_some(Self { parts })
    }

    /// The name as it was given, then the arguments.
    pub fn parts(&self) -> &[Vec<u8>] {
        &self.parts
    }

    /// The arguments alone.
    pub fn arguments(&self) -> &[Vec<u8>] {
        self.parts.get(1..).unwrap_or_default()
    }

    /// The name in upper case; what is not UTF-8 in it is replaced.
    pub fn name(&self) -> String {
        let name = self.parts.first().map(Vec::as_slice).unwrap_or_default();
        String::from_utf8_lossy(name).to_ascii_uppercase()
    }
}

impl Serialize for Command {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut parts = serializer.serialize_seq(Some(self.parts.len()))?;
        for part in &self.parts {
            let text = std::str::from_utf8(part)
                .map_err(|_| S::Error::custom("an argument is not UTF-8"))?;
            parts.serialize_element(text)?;
        }
        parts.end()
    }
}

#[cfg(test)]
mod tests {
    use super::Command;

    #[test]
    fn a_name_comes_first_and_in_upper_case() {
        let command = Command::new("set").arg("k").arg([0xff]);
        assert_eq!(command.name(), "SET");
        assert_eq!(command.parts(), [b"set".to_vec(), b"k".to_vec(), vec![0xff]]);
        assert_eq!(command.arguments(), [b"k".to_vec(), vec![0xff]]);
    }

    #[test]
    fn no_parts_are_no_command() {
        assert_eq!(Command::from_parts(Vec::new()), None);
        let ping = Command::from_parts(vec![b"PING".to_vec()]);
        assert_eq!(ping, Some(Command::new("PING")));
    }

    #[test]
    fn many_arguments_are_as_good_as_one_by_one() {
        let at_once = Command::new("SADD").arg("k").args(["a", "b"]);
        assert_eq!(at_once, Command::new("SADD").arg("k").arg("a").arg("b"));
    }

    #[test]
    fn it_travels_as_an_array_of_strings_or_not_at_all() {
        let text = serde_json::to_string(&Command::new("SET").arg("k").arg("a\"\u{e9}"));
        assert_eq!(text.unwrap(), "[\"SET\",\"k\",\"a\\\"\u{e9}\"]");
        assert!(serde_json::to_string(&Command::new("GET").arg([0xff])).is_err());
    }
}
