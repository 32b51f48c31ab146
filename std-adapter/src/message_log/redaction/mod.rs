//! Owns what of a text may be shown: secrets in JSON members, URLs and headers are replaced by `***`.

mod json;
mod names;
mod plain;
mod url;

use names::Names;

/// What stands in the place of a secret.
pub(super) const HIDDEN: &str = "***";

/// What of a text may be shown to whoever reads a log.
///
/// Hidden are, with the default:
/// - the values of JSON members whose name holds `token`, `secret`, `password`, `ticket`, `cookie`, `authorization` and their like,
///   in whatever case and whether written `api_key`, `api-key` or `apiKey`, at any depth, in JSON inside strings too;
/// - the user name and all values of the query and the fragment of every URL;
/// - what follows such a name in any other text, as in `Authorization: Bearer …` and `password=…`. Text that begins like JSON or
///   holds quotes and is not valid JSON is shown up to the first such name or backslash at most, whatever follows.
///
/// What no name announces is not recognised: a secret in the path of a URL, or in a member called `data`: [`Redaction::member`] adds one.
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

    /// What may be shown of this URL.
    #[must_use]
    pub fn url(&self, url: &str) -> String {
        if self.0.is_some() { url::shown(url) } else { url.to_owned() }
    }

    /// What may be shown of the value of the header of this name.
    #[must_use]
    pub fn header(&self, name: &str, value: &str) -> String {
        match &self.0 {
            Some(names) if names.is_secret(name) => HIDDEN.to_owned(),
            Some(_) | None => self.text(value),
        }
    }
}

impl Redaction {
    /// What may be shown of a subprotocol asked for. Some servers take credentials there, as one long name or behind a dot.
    #[must_use]
    pub fn subprotocol(&self, name: &str) -> String {
        match &self.0 {
            Some(names) if name.len() > SUBPROTOCOL_BYTES_MAX || names.find_all(name).next().is_some() => HIDDEN.to_owned(),
            Some(_) if name.to_ascii_lowercase().contains("bearer") => HIDDEN.to_owned(),
            Some(_) | None => name.to_owned(),
        }
    }
}

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
        shows("PASS oauth:x", "PASS oauth:x");
        shows("card_number : s", "card_number :***");
    }

    #[test]
    fn headers_and_off() {
        let redaction = Redaction::new();
        assert_eq!(redaction.header("Set-Cookie", "s"), "***");
        assert_eq!(redaction.header("X-Api-Key", "s"), "***");
        assert_eq!(redaction.header("Origin", "https://h/?a=s"), "https://h/?a=***");
        assert_eq!(Redaction::off().member("x").text(r#"{"x":"s","token":1"#), r#"{"x":"s","token":1"#);
    }
}
