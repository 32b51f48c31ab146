//! The proof that no secret is shown, wherever it stands.

use proptest::prelude::*;
use relink_tokio::Attempt;
use relink_tokio::message_log::{Options, Redaction};
use relink_tokio::ws::Request;

use crate::planted::{GIVEN, Planted, planted, planted_plainly};
use crate::{Log, arrives};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_secret_in_a_given_member_is_shown(planted in planted(&GIVEN)) {
        let shown = Redaction::new().members(GIVEN).text(&planted.text);
        prop_assert!(!planted.leaks(&shown), "{}\n{shown}", planted.text);
    }

    #[test]
    fn no_secret_in_other_text_is_shown(planted in planted_plainly()) {
        let shown = Redaction::new().text(&planted.text);
        prop_assert!(!planted.leaks(&shown), "{}\n{shown}", planted.text);
    }

    #[test]
    fn no_secret_in_a_url_is_shown(
        before in "[a-z{\"\\\\ (<]{0,10}", after in "[a-z}\" )>]{0,10}",
        secret in "[A-Z]{4}[A-Z0-9]{12}", shape in 0..4_u8, path in "[a-z/.]{0,8}", names in prop::collection::vec("[a-z_]{1,6}", 2),
    ) {
        let [first, second] = &names[..] else { unreachable!() };
        let url = match shape {
            0 => format!("wss://me:{secret}@h:1/{path}?{first}=1"),
            1 => format!("https://h/{path}?{first}=1&{second}={secret}"),
            2 => format!("ws://h?{secret}"),
            _ => format!("https://h/{path}#{first}={secret};{second}"),
        };
        let planted = Planted { text: format!("{before}{url}{after}"), secret };
        let redaction = Redaction::new();
        for shown in [redaction.text(&planted.text), redaction.url(&url)] {
            prop_assert!(!planted.leaks(&shown), "{}\n{shown}", planted.text);
        }
    }

    #[test]
    fn nothing_is_hidden_where_nothing_is_secret(text in "[ a-zA-Z0-9.!é]{0,40}", number in any::<i64>()) {
        prop_assume!(!text.to_lowercase().contains("bearer"));
        let redaction = Redaction::new();
        prop_assert_eq!(redaction.text(&text), text.clone());
        let json = format!(r#"{{"type":"{text}","n":{number},"list":[true,null]}}"#);
        prop_assert_eq!(redaction.text(&json), json);
    }

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        let _ = Redaction::new().members(["", "_", "\u{130}", "\""]).text(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn no_secret_reaches_the_files(texts in prop::collection::vec(planted(&GIVEN), 1..20), key in "[A-Z]{4}[A-Z0-9]{12}") {
        let redaction = Redaction::new().members(GIVEN);
        let (mut log, written) = Log::new("secrets", Options { redaction, ..Options::default() });
        for planted in &texts {
            arrives(&mut log, &planted.text);
        }
        let url = format!("wss://example.com/p?ticket={key}");
        let request = Request::new(&url).unwrap().header("x-api-key", &key).unwrap().header("cookie", &key).unwrap();
        let request = request.subprotocol(&format!("bearer.{key}")).unwrap();
        log.request(Attempt::from_number(1), &request);
        let shown = written.finish(log);
        prop_assert_eq!(shown.lines().count(), texts.len() + 1);
        for planted in texts.iter().chain([&Planted { text: url, secret: key }]) {
            prop_assert!(!planted.leaks(&shown), "{}\n{shown}", planted.text);
        }
    }
}
