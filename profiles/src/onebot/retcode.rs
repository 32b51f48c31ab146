//! The codes of an API response (`communication/ws.md`: the HTTP statuses, plus 1000).

/// All is well.
pub const OK: i64 = 0;
/// The action was taken on, its outcome will not be told (`communication/http.md`).
pub const ASYNC: i64 = 1;
/// The request is not understood.
pub const BAD_REQUEST: i64 = 1400;
/// No token was given. By the text it is never sent, because the connection is refused.
pub const UNAUTHORIZED: i64 = 1401;
/// The token is wrong. By the text it is never sent; NapCatQQ sends it before it closes.
pub const FORBIDDEN: i64 = 1403;
/// There is no such action.
pub const NOT_FOUND: i64 = 1404;
