//! The reading of JSON texts (RFC 8259) without recursion: the members of the outermost object, their values left as they came.
//!
//! `serde-json-core` reads what is small and flat. It is not given what a peer sends as a whole, because it skips unknown
//! fields recursively (20,000 levels overflow a stack), leaves escapes in a borrowed `&str`, and knows no surrogate pairs.
//! So [`Members`] walks a text once, checks all of it, and hands out slices.

mod cursor;
mod fault;
mod members;
mod text;
mod value;
mod writer;

pub use cursor::DEPTH_MAX;
pub use fault::{Fault, Problem};
pub use members::{Member, Members, check};
pub(crate) use text::unescape;
pub use text::{Chars, Text};
pub use value::Value;
pub(crate) use writer::Writer;
