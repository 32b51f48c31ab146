//! What is secret: of every text that reaches a log or an error, what may be shown, and `***` in the place of the rest.

mod effort;
mod foreign;
mod json;
mod names;
mod pairs;
mod plain;
mod url;

pub(crate) use foreign::{Foreign, ForeignError, ForeignName, ForeignUrl};
use names::Names;

/// What stands in the place of a secret.
pub(super) const HIDDEN: &str = "***";

/// What of a text may be shown to whoever reads a log.
///
/// Hidden are, with the default:
/// - the values of JSON members whose name holds `token`, `secret`, `password`, `ticket`, `cookie`, `authorization` and their like,
///   or the word `auth`, `session`, `pin` and their like, in whatever case and whether written `api_key`, `api-key` or `apiKey`, at
///   any depth, in JSON inside strings too;
/// - the values beside such a name that is a value itself, as in `{"name":"token","value":"…"}` and `["token","…"]`;
/// - headers of such a name;
/// - the user name and all values of the query and the fragment of every URL;
/// - what follows such a name in any other text, as in `Authorization: Bearer …` and `a=b&password=…`. Text that begins like JSON or
///   holds quotes and is not valid JSON is shown up to the first such name or backslash at most, whatever follows.
///
/// What no name announces is not recognised: a secret in the path of a URL, or in a member called `data`: [`Redaction::member`] adds one.
///
/// The [endings](crate::ending) are shown by the default, in `Display` and `Debug`; their fields hold what was said, whole.
#[derive(Clone, Debug)]
pub struct Redaction(Option<Names>);

impl Redaction {
    /// The default names.
    #[must_use]
    pub fn new() -> Self {
        Self(Some(Names::default()))
    }

    /// Everything is shown. For development only: what is in the messages is in the log.
    #[must_use]
    pub const fn off() -> Self {
        Self(None)
    }

    /// Hides JSON members of this name too, and what follows it in other text. A header of this name likewise.
    #[must_use]
    pub fn member(mut self, name: &str) -> Self {
        if let Some(names) = &mut self.0 {
            names.add(name);
        }
        self
    }

    /// Hides members of all these names.
    #[must_use]
    pub fn members<'a>(self, names: impl IntoIterator<Item = &'a str>) -> Self {
        names.into_iter().fold(self, Self::member)
    }

    /// What may be shown of this text.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        match &self.0 {
            None => text.to_owned(),
            Some(names) => shown(names, text, 0),
        }
    }

    /// What may be shown of this URL, or part of one (`/path?query`).
    #[must_use]
    pub fn url(&self, url: &str) -> String {
        if self.0.is_some() { url::shown_alone(url) } else { url.to_owned() }
    }

    /// What may be shown of the value of the header of this name.
    #[must_use]
    pub fn header(&self, name: &str, value: &str) -> String {
        match &self.0 {
            Some(names) if names.is_secret(name) => HIDDEN.to_owned(),
            Some(_) if URL_HEADERS.iter().any(|other| other.eq_ignore_ascii_case(name)) => self.url(value),
            Some(_) | None => self.text(value),
        }
    }
}

impl Redaction {
    /// What may be shown of a subprotocol asked for. Some servers take credentials there, as one long name or behind a dot.
    #[must_use]
    pub fn subprotocol(&self, name: &str) -> String {
        match &self.0 {
            Some(names) if name.len() > SUBPROTOCOL_BYTES_MAX || names.is_secret(name) => HIDDEN.to_owned(),
            Some(_) | None => name.to_owned(),
        }
    }
}

/// Headers whose value is a URL, or a part of one.
const URL_HEADERS: [&str; 3] = ["location", "content-location", "referer"];

/// Names of protocols are shorter than credentials.
const SUBPROTOCOL_BYTES_MAX: usize = 48;

impl Default for Redaction {
    fn default() -> Self {
        Self::new()
    }
}

/// How deep JSON in strings of JSON is looked into. Deeper, it is text.
const NESTED_MAX: u32 = 4;

fn shown(names: &Names, text: &str, nested: u32) -> String {
    if nested < NESTED_MAX
        && text.trim_start().starts_with(['{', '[', '"'])
        && let Some(shown) = json::shown(names, text, nested)
    {
        return shown;
    }
    plain::shown(names, text)
}

#[cfg(test)]
mod tests {
    use super::Redaction;

    fn shows(text: &str, expected: &str) {
        assert_eq!(Redaction::new().member("Card-Number").text(text), expected, "{text}");
    }

    #[test]
    fn members_are_hidden_at_any_depth() {
        shows(r#"{"type":"hello","num":1}"#, r#"{"type":"hello","num":1}"#);
        shows(r#"{"token":"s","a":[{"cardNumber":17,"b":true}]}"#, r#"{"token":"***","a":[{"cardNumber":"***","b":true}]}"#);
        shows(r#"{"API-Key" : {"a":["s"]}, "b": null, "n": 1.50}"#, r#"{"API-Key":"***","b":null,"n":1.50}"#);
        shows(r#"{"\u0074oken":"s"}"#, r#"{"token":"***"}"#);
        shows(r#"{"payload":"{\"x_token\":\"s\",\"n\":1}"}"#, r#"{"payload":"{\"x_token\":\"***\",\"n\":1}"}"#);
        shows(r#"{"error":"token_expired","text":"press any key"}"#, r#"{"error":"token_expired","text":"press any key"}"#);
        shows(r#"{"author":"me","ping":1}"#, r#"{"author":"me","ping":1}"#);
    }

    #[test]
    fn what_is_not_valid_json_is_shown_up_to_a_name_at_most() {
        shows(r#"{"a":1,"token" "s"}"#, r#"{"a":1,"token***"#);
        shows(r#"{"a":1,"\u0074oken":"s""#, r#"{"a":1,"***"#);
        shows(r#"42["login",{"token":"s"}]"#, r#"42["login",{"token***"#);
        shows(r#"{"token":{"x":1},"y":"s"}}"#, r#"{"token***"#);
        shows("{'pin': 's'}", "{'pin***");
        shows(r#"{"a":1,"value":"s","name":"token""#, r#"{"a":1,"value***"#);
        shows("{'spinning': 's'}", "{'spinning': 's'}");
    }

    #[test]
    fn urls_keep_names_and_lose_values() {
        shows("wss://h:1/p?ticket=s&v=1#access_token=s", "wss://h:1/p?ticket=***&v=***#access_token=***");
        shows("see https://me:s@h/x?s and <ws://h/?a=s>.", "see https://***@h/x?*** and <ws://h/?a=***>.");
        shows(r#"{"ok":true,"url":"wss://h/?t=s"}"#, r#"{"ok":true,"url":"wss://h/?t=***"}"#);
        shows("https://h/no/query, https://h", "https://h/no/query, https://h");
    }

    #[test]
    fn other_text_is_shown_up_to_a_value_that_a_name_announces() {
        shows("hello", "hello");
        shows("Authorization: Basic s", "Authorization:***");
        shows("a=1&password=s&b=2", "a=1&password=***");
        shows("use Bearer s", "use Bearer ***");
        shows("PASS oauth:s", "PASS oauth:***");
        shows("user%5Btoken%5D=s&user[pin][]=s", "user%5Btoken%5D=***");
        shows("a=b&name=token&value=s", "a=b&name=token&value=***");
        shows("<a>1</a><password>s</password>", "<a>1</a><password>***");
        shows("value=s&name=token", "value=***");
        shows("token, author: me", "token, author: me");
        shows("card_number : s", "card_number :***");
    }

    #[test]
    fn what_a_name_announces_is_hidden_wherever_the_name_stands() {
        let names = [
            "auth_key",
            "X-Auth-Key",
            "xAuthKey",
            "XAuth",
            "AUTHKey",
            "access_token",
            "api-key",
            "APIKEY",
            "Cookie",
            "Set-Cookie",
            "client_secret",
            "user_pwd",
            "login-pin",
            "pin2",
            "bot.jwt",
            "X-Session",
            "user_pass",
            "_sid_",
            "Ocp-Apim-Subscription-Key",
            "X-CSRF",
        ];
        let redaction = Redaction::new();
        for name in names {
            assert_eq!(redaction.header(name, "s"), "***", "{name}");
            shows(&format!(r#"{{"{name}":"s","a":1}}"#), &format!(r#"{{"{name}":"***","a":1}}"#));
            shows(&format!("a=b&{name}=s&c=d"), &format!("a=b&{name}=***"));
            shows(&format!("{name}: s"), &format!("{name}:***"));
            shows(&format!(r#"[["{name}","s"],["a",1]]"#), &format!(r#"[["{name}","***"],["a",1]]"#));
            shows(&format!(r#"{{"name":"{name}","value":"s"}}"#), &format!(r#"{{"name":"{name}","value":"***"}}"#));
        }
        for name in ["author", "ping", "pinned", "spinning", "inside", "design", "passive", "sidecar", "SIDE", "authority"] {
            shows(&format!(r#"{{"{name}":1}}"#), &format!(r#"{{"{name}":1}}"#));
            shows(&format!("{name}: 1"), &format!("{name}: 1"));
        }
    }

    #[test]
    fn values_beside_the_name_of_a_secret_are_hidden() {
        shows(r#"{"value":"s","Name":"token","in":["s"]}"#, r#"{"value":"***","Name":"token","in":"***"}"#);
        shows(r#"{"name":"token","key":"s token"}"#, r#"{"name":"token","key":"***"}"#);
        shows(r#"{"type":"Client secret","value":{"a":"s"},"user":"U"}"#, r#"{"type":"Client secret","value":"***","user":"U"}"#);
        shows(r#"{"a":{"name":"pin"},"b":{"value":1},"value":2}"#, r#"{"a":{"name":"pin"},"b":{"value":1},"value":2}"#);
        shows(r#"{"token":{"name":"pin","x":"s"},"a":{"name":"b","value":1}}"#, r#"{"token":"***","a":{"name":"b","value":1}}"#);
        shows(r#"["token",["s",{"a":"s"}],"b"]"#, r#"["token","***","b"]"#);
        shows(r#"{"type":"pin_added","item":1,"names":["cookie"]}"#, r#"{"type":"pin_added","item":1,"names":["cookie"]}"#);
    }

    #[test]
    fn urls_alone_are_hidden_however_odd() {
        let shows = |url: &str, expected: &str| assert_eq!(Redaction::new().url(url), expected, "{url}");
        shows("wss://wss.example/link/?ticket=s&app_id=s", "wss://wss.example/link/?ticket=***&app_id=***");
        shows("/login?ticket=s", "/login?ticket=***");
        shows("//me:s@h/x#s", "//***@h/x#***");
        shows("https://h/a b?c=s s", "https://h/a b?c=***");
        shows("https://h/to/https://me:s@h/x", "https://h/to/https://***@h/x");
        shows("https://h/x;jsessionid=s//s?a=s", "https://h/x;jsessionid=***?a=***");
        shows("https://m;s@h/", "https://***@h/");
    }

    #[test]
    fn twice_the_text_is_twice_the_effort() {
        let words = [
            "token ",
            "token&",
            "token",
            "x",
            "x ",
            "://",
            "a://b",
            "{",
            "[",
            "\"",
            "'",
            "[\"token\",",
            "{\"a\":",
            "_",
            "auth_",
            "bearer ",
        ];
        let shapes: [fn(&str, usize) -> String; 3] = [
            |word, times| word.repeat(times),
            |word, times| format!("https://h/{}", word.repeat(times)),
            |word, times| format!("[{}]", vec![format!("{:?}", word.repeat(9)); times / 9].join(",")),
        ];
        let redaction = Redaction::new();
        for (word, shape) in words.into_iter().flat_map(|word| shapes.map(|shape| (word, shape))) {
            let effort = |times| {
                let text = shape(word, times);
                (super::effort::of(|| drop(redaction.text(&text))), text.len())
            };
            let ((once, length), (twice, _)) = (effort(9 << 8), effort(9 << 9));
            assert!(once >= length, "{word:?}: what is not counted is not proved");
            assert!(twice <= 2 * once + 100 && once <= 30 * length, "{word:?}: {once} for {length} bytes, {twice} for twice as many");
        }
    }

    #[test]
    fn headers_and_off() {
        let redaction = Redaction::new();
        assert_eq!(redaction.header("Set-Cookie", "s"), "***");
        assert_eq!(redaction.header("X-Api-Key", "s"), "***");
        assert_eq!(redaction.header("Location", "/cb?code=s"), "/cb?code=***");
        assert_eq!(redaction.header("Origin", "https://h/?a=s"), "https://h/?a=***");
        assert_eq!(Redaction::off().member("x").text(r#"{"x":"s","token":1"#), r#"{"x":"s","token":1"#);
    }
}
