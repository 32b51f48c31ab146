//! Who is let in, under which role, and what each ending means to either side.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use relink_core::{CloseCode, Millis, Verdict};
use relink_profiles::onebot::token::{Access, check};
use relink_profiles::onebot::{Application, Implementation, Role};
use relink_profiles::{Ending, Profile};

const LONGEST: Verdict = Verdict::RetryIn(Millis::MAX);

#[test]
fn a_token_in_the_header() {
    let header = |header| check("kSLuTF2GC2Q4q4ugm3", Some(header), None);
    for right in ["Bearer kSLuTF2GC2Q4q4ugm3", "bearer kSLuTF2GC2Q4q4ugm3", " Bearer  kSLuTF2GC2Q4q4ugm3 ", "Token kSLuTF2GC2Q4q4ugm3"] {
        assert_eq!(header(right), Access::Granted, "{right}");
    }
    for wrong in
        ["Bearer kSLuTF2GC2Q4q4ugm", "Bearer kSLuTF2GC2Q4q4ugm33", "Bearer KSLuTF2GC2Q4q4ugm3", "Bearer x", "Bearer kSLuTF2GC2Q4q4ugm3\0"]
    {
        assert_eq!(header(wrong), Access::Wrong, "{wrong}");
    }
    for none in ["", "Bearer", "Bearer ", "Basic kSLuTF2GC2Q4q4ugm3", "kSLuTF2GC2Q4q4ugm3"] {
        assert_eq!(header(none), Access::Missing, "{none}");
    }
    assert_eq!(check("t", None, None), Access::Missing);
}

#[test]
fn a_token_in_the_query() {
    let query = |token, query| check(token, None, Some(query));
    for right in
        ["access_token=s+cr%2Bt%26", "x=1&access_token=s+cr%2bt%26&y", "access_token=s%2Bcr+t%26", "access_token=%73%2B%63r%2Bt%26"]
    {
        assert_eq!(query("s+cr+t&", right), Access::Granted, "{right}");
    }
    assert_eq!(query("a b", "access_token=a+b"), Access::Granted, "as a form writes a blank");
    assert_eq!(query("100%", "access_token=100%"), Access::Granted, "no escape");
    assert_eq!(query("%zz%4", "access_token=%zz%4"), Access::Granted);
    for wrong in ["access_token=s", "access_token=s+cr+t%26x", "access_token=%"] {
        assert_eq!(query("s+cr+t&", wrong), Access::Wrong, "{wrong}");
    }
    for none in ["", "access_token", "access_token=", "token=t", "ACCESS_TOKEN=t", "xaccess_token=t"] {
        assert_eq!(query("t", none), Access::Missing, "{none}");
    }
}

#[test]
fn either_is_enough_and_an_empty_token_lets_nobody_in() {
    assert_eq!(check("t", Some("Bearer x"), Some("access_token=t")), Access::Granted);
    assert_eq!(check("t", Some("Bearer t"), Some("access_token=x")), Access::Granted);
    assert_eq!(check("t", Some("Bearer x"), Some("access_token=y")), Access::Wrong);
    assert_eq!(check("", Some("Bearer "), Some("access_token=")), Access::Missing);
    assert_eq!(check("", Some("Bearer x"), None), Access::Wrong);
    assert_eq!([Access::Granted, Access::Missing, Access::Wrong].map(Access::refused), [None, Some(401), Some(403)]);
}

#[test]
fn roles_by_header_and_by_path() {
    for role in Role::ALL {
        assert_eq!((Role::in_header(role.header()), Role::of_path(role.path())), (Some(role), Some(role)));
        assert_eq!(Role::in_header(&role.header().to_lowercase()), Some(role));
    }
    assert_eq!(Role::ALL.map(Role::header), ["API", "Event", "Universal"]);
    assert_eq!(Role::ALL.map(Role::path), ["/api", "/event", "/"]);
    assert_eq!(Role::ALL.map(|role| (role.takes_actions(), role.sends_events())), [(true, false), (false, true), (true, true)]);
    assert_eq!((Role::of_path("/api/"), Role::of_path("/event/?access_token=x")), (Some(Role::Api), Some(Role::Event)));
    assert_eq!((Role::of_path("/?x"), Role::of_path("")), (Some(Role::Universal), Some(Role::Universal)));
    assert_eq!((Role::of_path("/API"), Role::of_path("/api//"), Role::of_path("/apis"), Role::in_header("")), (None, None, None, None));
}

#[test]
fn each_status_of_the_opening_handshake() {
    let wait = Millis::from_secs(9);
    for status in 0..=999 {
        let (forward, reverse) = match status {
            401 => (Some(Verdict::GiveUp), Some(Verdict::GiveUp)),
            // To the second connection of an identity an application on ASGI says the same as to a wrong token.
            403 => (Some(Verdict::GiveUp), Some(LONGEST)),
            _ => (None, None),
        };
        let plain = Ending::Upgrade { status, retry_after: None };
        assert_eq!((Application.verdict(plain), Implementation.verdict(plain)), (forward, reverse), "{status}");
        let asked = Ending::Upgrade { status, retry_after: Some(wait) };
        assert_eq!(Application.verdict(asked), forward.map(|_| Verdict::RetryAfter(wait)), "{status}");
    }
}

#[test]
fn each_close_code() {
    for code in 0..=u16::MAX {
        let ending = Ending::Closed(Some(CloseCode::new(code)));
        let expected = if code == 1008 { Some(LONGEST) } else { None };
        assert_eq!((Application.verdict(ending), Implementation.verdict(ending)), (expected, expected), "{code}");
    }
    assert_eq!(Application.verdict(Ending::Closed(None)), None);
    assert_eq!(Application.verdict(Ending::Call { status: 403, retry_after: None }), None);
    assert_eq!(Implementation.verdict(Ending::Api { error: "x", retry_after: None }), None);
}
