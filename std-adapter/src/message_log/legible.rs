//! How the log reads a transport's messages.

/// A message that can be logged.
pub trait Legible {
    /// What can be read of it.
    fn words(&self) -> Words<'_>;
}

/// What can be read of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words<'a> {
    /// A text.
    Text(&'a str),
    /// Nothing: it is bytes.
    Bytes,
}

impl Legible for String {
    fn words(&self) -> Words<'_> {
        Words::Text(self)
    }
}

#[cfg(feature = "ws")]
impl Legible for crate::ws::Message {
    fn words(&self) -> Words<'_> {
        self.as_text().map_or(Words::Bytes, Words::Text)
    }
}
