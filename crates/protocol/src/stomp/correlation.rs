//! What goes to the domain with a command and comes back with its answers, which may be much later:
//! where the command was sent to, and how the client marked it.

/// A command's origin.
#[derive(Debug, PartialEq)]
pub(super) struct Correlation<'a> {
    /// The destination of its frame.
    pub(super) destination: &'a str,
    /// The header `correlation-id`.
    pub(super) id: Option<&'a str>,
    /// The receipt asked for, by which an error is told apart where there is no `correlation-id`.
    pub(super) receipt: Option<&'a str>,
}

impl<'a> Correlation<'a> {
    /// One text. The destination is one that this server knows, and so has no line end.
    pub(super) fn encode(&self) -> String {
        match (self.id, self.receipt) {
            (Some(id), _) => format!("{}\nc{id}", self.destination),
            (None, Some(receipt)) => format!("{}\nr{receipt}", self.destination),
            (None, None) => format!("{}\n", self.destination),
        }
    }

    /// Reads what [`Correlation::encode`] wrote.
    pub(super) fn decode(text: &'a str) -> Option<Self> {
        let (destination, mark) = text.split_once('\n')?;
        let id = mark.strip_prefix('c');
        let receipt = mark.strip_prefix('r');
        Some(Self { destination, id, receipt })
    }

    /// What an error calls the command: the correlation id, else the receipt.
    pub(super) fn of_error(&self) -> Option<&'a str> {
        self.id.or(self.receipt)
    }

    /// Whether answers are the client's: it sent a command, rather than SUBSCRIBE or UNSUBSCRIBE.
    pub(super) fn wants_reply(&self) -> bool {
        self.destination.starts_with("/app/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_even_with_line_ends_in_the_mark() {
        for (id, receipt) in
            [(Some("a\nb"), None), (None, Some("r\n")), (None, None), (Some(""), None)]
        {
            let correlation = Correlation { destination: "/app/typing", id, receipt };
            assert_eq!(Correlation::decode(&correlation.encode()), Some(correlation));
        }
    }
}
