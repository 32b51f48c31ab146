//! The check of an access token, in a time that does not tell how much of it was right.

use subtle::{Choice, ConstantTimeEq};

use super::handshake::cut;

/// The header in which the token comes, as `Bearer …` (`communication/authorization.md`).
pub const HEADER: &str = "Authorization";

/// The query parameter in which the token comes from those who cannot set headers (`communication/authorization.md`).
pub const PARAMETER: &str = "access_token";

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Access {
    /// The token is right.
    Granted,
    /// No token was given.
    Missing,
    /// The token is wrong.
    Wrong,
}

impl Access {
    /// The status with which the opening handshake is refused (`communication/http.md`); `None`: it is not.
    #[must_use]
    pub const fn refused(self) -> Option<u16> {
        match self {
            Self::Granted => None,
            Self::Missing => Some(401),
            Self::Wrong => Some(403),
        }
    }
}

/// Whether the token is given in the header, or in the query (what stands behind the `?` of the request's target).
///
/// How long it takes depends on what was given and on the token's length, not on how much of it is right. An empty
/// token lets nobody in: whoever wants no check makes none.
pub fn check(token: &str, header: Option<&str>, query: Option<&str>) -> Access {
    let in_header = header.and_then(in_header);
    let in_query = query.and_then(in_query);
    let mut right = Choice::from(0);
    if let Some(given) = in_header {
        right |= is_same(token, given.bytes().map(|byte| (byte, byte)));
    }
    if let Some(given) = in_query {
        right |= is_same(token, Decoded(given.as_bytes()));
    }
    match (in_header.or(in_query), bool::from(right)) {
        (None, _) => Access::Missing,
        (Some(_), true) => Access::Granted,
        (Some(_), false) => Access::Wrong,
    }
}

/// The token in an `Authorization` header (RFC 6750 §2.1; aiocqhttp knows `Token`, too).
#[must_use]
pub fn in_header(header: &str) -> Option<&str> {
    let (scheme, token) = cut(header.trim(), b' ')?;
    let known = ["Bearer", "Token"].into_iter().any(|known| scheme.eq_ignore_ascii_case(known));
    Some(token.trim()).filter(|token| known && !token.is_empty())
}

/// The token in a query, with its percent signs.
#[must_use]
pub fn in_query(query: &str) -> Option<&str> {
    let mut rest = Some(query);
    while let Some(pairs) = rest {
        let (pair, others) = cut(pairs, b'&').map_or((pairs, None), |(pair, others)| (pair, Some(others)));
        match cut(pair, b'=') {
            Some((PARAMETER, value)) if !value.is_empty() => return Some(value),
            Some(_) | None => rest = others,
        }
    }
    None
}

/// Each byte that was given may stand for one of two.
fn is_same(token: &str, given: impl Iterator<Item = (u8, u8)>) -> Choice {
    let token = token.as_bytes();
    let mut same = Choice::from(u8::from(!token.is_empty()));
    let mut length = 0_usize;
    for (one, other) in given {
        let wanted = token.get(length).copied().unwrap_or_default();
        same &= one.ct_eq(&wanted) | other.ct_eq(&wanted);
        length = length.saturating_add(1);
    }
    same & length.ct_eq(&token.len())
}

/// The bytes that a query means (WHATWG URL, percent-decoding). A `+` is what was typed, or the blank that a form makes of it.
struct Decoded<'a>(&'a [u8]);

impl Iterator for Decoded<'_> {
    type Item = (u8, u8);

    fn next(&mut self) -> Option<(u8, u8)> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        if first == b'%'
            && let Some((&[high, low], rest)) = rest.split_first_chunk()
            && let (Some(high), Some(low)) = (digit(high), digit(low))
        {
            self.0 = rest;
            let byte = (high << 4) | low;
            return Some((byte, byte));
        }
        Some((first, if first == b'+' { b' ' } else { first }))
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
