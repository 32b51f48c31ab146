//! Owns which close codes may be on the wire.

/// Whether a Close may hold this code (RFC 6455 §7.4, and IANA's registry of close codes, which adds 1012 to 1014).
///
/// 1004 has no meaning yet; 1005, 1006 and 1015 say that there was no Close; those up to 999 and from 5000 are nobody's.
pub(crate) const fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}
