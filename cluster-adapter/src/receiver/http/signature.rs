//! Owns whether a request is Slack's: signed with the app's secret, and not long ago.

use ring::hmac;

/// By how much a request's time may differ from ours, in seconds: Slack's own advice
/// (<https://docs.slack.dev/authentication/verifying-requests-from-slack>).
const AGE_MAX_S: u64 = 300;
const VERSION: &str = "v0";
const TAG_BYTES: usize = 32;

/// Checks signatures with one secret.
pub(super) struct Verifier(hmac::Key);

/// Why a request is not taken for Slack's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsigned {
    /// Its signature is not right, or it has none.
    Signature,
    /// It was signed too long ago, or will be: somebody sends it again, or a clock is wrong.
    Stale,
}

impl Verifier {
    pub(super) fn new(secret: &str) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
    }

    /// Whether this body was signed so, at a time not far from now (in seconds since 1970). How long the comparison takes says nothing about the
    /// signature that would be right.
    pub(super) fn verify(&self, now: u64, timestamp: &str, signature: &str, body: &[u8]) -> Result<(), Unsigned> {
        let tag = signature.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix('=')).and_then(from_hex).ok_or(Unsigned::Signature)?;
        let mut signed = format!("{VERSION}:{timestamp}:").into_bytes();
        signed.extend_from_slice(body);
        hmac::verify(&self.0, &signed, &tag).map_err(|_| Unsigned::Signature)?;
        let at: u64 = timestamp.parse().map_err(|_| Unsigned::Stale)?;
        if at.abs_diff(now) > AGE_MAX_S { Err(Unsigned::Stale) } else { Ok(()) }
    }

    /// What Slack would send as the signature.
    #[cfg(test)]
    pub(super) fn sign(&self, timestamp: &str, body: &str) -> String {
        use std::fmt::Write;

        let tag = hmac::sign(&self.0, format!("{VERSION}:{timestamp}:{body}").as_bytes());
        tag.as_ref().iter().fold(format!("{VERSION}="), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a text takes it");
            text
        })
    }
}

fn from_hex(text: &str) -> Option<[u8; TAG_BYTES]> {
    let mut tag = [0; TAG_BYTES];
    if text.len() != 2 * TAG_BYTES || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in tag.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        *byte = digit(digits[0])? << 4 | digit(digits[1])?;
    }
    Some(tag)
}

#[cfg(test)]
mod tests {
    use super::{Unsigned, Verifier};

    /// The example in Slack's documentation.
    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const AT: &str = "1531420618";
    const SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar\
        &user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands\
        %2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";

    fn verify(now: u64, at: &str, signature: &str, body: &str) -> Result<(), Unsigned> {
        Verifier::new(SECRET).verify(now, at, signature, body.as_bytes())
    }

    #[test]
    fn slacks_own_example_is_slacks() {
        assert_eq!(verify(1_531_420_618, AT, SIGNATURE, BODY), Ok(()));
        assert_eq!(Verifier::new(SECRET).sign(AT, BODY), SIGNATURE);
    }

    #[test]
    fn nothing_else_is() {
        let now = 1_531_420_618;
        let other_secret = Verifier::new("another").verify(now, AT, SIGNATURE, BODY.as_bytes());
        assert_eq!(other_secret, Err(Unsigned::Signature));
        assert_eq!(verify(now, AT, SIGNATURE, &BODY.replace("text=", "text=x")), Err(Unsigned::Signature));
        assert_eq!(verify(now, "1531420619", SIGNATURE, BODY), Err(Unsigned::Signature), "the time is signed, too");
        let flipped = SIGNATURE.replace("b503", "b502");
        for signature in
            [flipped.as_str(), "", "v0=", "v1=a2", &SIGNATURE[..66], &SIGNATURE.replace("v0=", "v1="), &SIGNATURE.replace('a', "\u{e9}")]
        {
            assert_eq!(verify(now, AT, signature, BODY), Err(Unsigned::Signature), "{signature}");
        }
    }

    #[test]
    fn five_minutes_are_enough_and_more_are_too_many() {
        let at = 1_531_420_618_u64;
        for now in [at - 300, at + 300] {
            assert_eq!(verify(now, AT, SIGNATURE, BODY), Ok(()));
        }
        for now in [at - 301, at + 301, 0, u64::MAX] {
            assert_eq!(verify(now, AT, SIGNATURE, BODY), Err(Unsigned::Stale));
        }
    }
}
