//! Texts with a secret planted in them: random JSON in random spelling, with a member of a given name, whole or spoiled.

use proptest::prelude::*;

/// Members that are hidden because the test asks for it, beside the default ones.
pub(crate) const GIVEN: [&str; 4] = ["nickname", "Card-Number", "größe", "a b"];

/// A text and the secret in it.
#[derive(Clone, Debug)]
pub(crate) struct Planted {
    pub(crate) text: String,
    pub(crate) secret: String,
}

impl Planted {
    /// Whether a part of the secret, long enough to mean something, stands in what is shown.
    pub(crate) fn leaks(&self, shown: &str) -> bool {
        let letters: Vec<char> = self.secret.chars().collect();
        letters.windows(6).any(|part| shown.contains(&part.iter().collect::<String>()))
    }
}

#[derive(Clone, Debug)]
enum Json {
    Plain(&'static str),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

fn json() -> impl Strategy<Value = Json> {
    let scalar = prop_oneof![
        prop_oneof![Just("null"), Just("true"), Just("-1.5e3"), Just("0")].prop_map(Json::Plain),
        "[a-z:/?=\"\\\\ é]{0,8}".prop_map(Json::Text),
    ];
    scalar.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
            prop::collection::vec(("[a-z_]{0,5}", inner), 0..4).prop_map(Json::Object),
        ]
    })
}

/// Names that are hidden by default.
const DEFAULT: [&str; 14] = [
    "token",
    "access_token",
    "ticket",
    "password",
    "client_secret",
    "set-cookie",
    "Authorization",
    "api-key",
    "auth",
    "auth_key",
    "X-Auth-Key",
    "Cookie",
    "sid",
    "login-pin",
];

/// The names in other spellings: in other case, with lines in other places or, where words are names, with others.
fn name(given: &[&'static str]) -> impl Strategy<Value = String> + use<> {
    let names: Vec<&'static str> = DEFAULT.into_iter().chain(given.iter().copied()).collect();
    (prop::sample::select(names), any::<u8>()).prop_map(|(name, spelling)| match spelling % 4 {
        0 => name.to_uppercase(),
        1 if name.contains("auth") || name.contains("pin") || name.contains("Auth") => name.replace(['_', '-'], "."),
        1 => name.replace(['_', '-'], ""),
        2 => name.replace('-', "_"),
        _ => name.to_owned(),
    })
}

/// The value that is secret, or holds it.
fn value() -> impl Strategy<Value = (String, Json)> {
    ("[A-Z]{4}[A-Z0-9]{12}", json(), any::<u8>()).prop_map(|(secret, beside, shape)| {
        let text = Json::Text(secret.clone());
        let value = match shape % 4 {
            0 => Json::Array(vec![beside, text]),
            1 => Json::Object(vec![("a".into(), beside), ("b".into(), text)]),
            2 => Json::Text(format!("Bearer {secret}")),
            _ => text,
        };
        (secret, value)
    })
}

/// How a text is spoiled.
#[derive(Clone, Debug)]
enum Spoil {
    Nothing,
    Cut(prop::sample::Index),
    Without(prop::sample::Index),
    With(prop::sample::Index, char),
    Behind(&'static str),
}

fn spoil() -> impl Strategy<Value = Spoil> {
    let sign = prop::sample::select(vec!['{', '}', '[', ']', '"', ',', ':', ' ', '\n', '1', 'a', '\\', '\'']);
    prop_oneof![
        2 => Just(Spoil::Nothing),
        1 => any::<prop::sample::Index>().prop_map(Spoil::Cut),
        2 => any::<prop::sample::Index>().prop_map(Spoil::Without),
        2 => (any::<prop::sample::Index>(), sign).prop_map(|(at, sign)| Spoil::With(at, sign)),
        1 => prop::sample::select(vec!["42", "data: ", "\u{feff}", "x=", ")]}'\n", "{}"]).prop_map(Spoil::Behind),
    ]
}

/// How the name and the value stand together.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Member,
    Pair,
    /// The value first: what is left of it may not know its name any more, so it is not spoiled.
    PairReversed,
    List,
}

impl Shape {
    fn member(self, name: String, value: Json, naming: &str) -> (String, Json) {
        let called = Json::Text(name.clone());
        match self {
            Self::Member => (name, value),
            Self::Pair => ("pair".into(), Json::Object(vec![(naming.into(), called), ("value".into(), value)])),
            Self::PairReversed => ("pair".into(), Json::Object(vec![("value".into(), value), (naming.into(), called)])),
            Self::List => ("list".into(), Json::Array(vec![called, value])),
        }
    }
}

fn shape() -> impl Strategy<Value = (Shape, Spoil, &'static str)> {
    let reversed = prop_oneof![Just(Spoil::Nothing), Just(Spoil::Behind("42"))];
    let shape = prop_oneof![
        3 => (Just(Shape::Member), spoil()),
        1 => (Just(Shape::Pair), spoil()),
        1 => (Just(Shape::PairReversed), reversed),
        1 => (Just(Shape::List), spoil()),
    ];
    (shape, prop::sample::select(vec!["name", "Key", "header", "k"])).prop_map(|((shape, spoil), naming)| (shape, spoil, naming))
}

/// A secret in a member of a secret's name, or beside one, anywhere in a JSON text, which may be spoiled, and may itself be in a
/// string. The names are the default ones and those `given`.
pub(crate) fn planted(given: &[&'static str]) -> impl Strategy<Value = Planted> + use<> {
    let place = prop::collection::vec(any::<prop::sample::Index>(), 4);
    let spelling = (any::<u64>(), 0..3_u32, shape());
    (json(), name(given), value(), place, spelling).prop_map(|(tree, name, (secret, value), place, (seed, wraps, shape))| {
        let (shape, spoil, naming) = shape;
        let mut pen = Pen { text: String::new(), dice: seed, name: 0..0, wanted: name.clone() };
        pen.write(&plant(tree, shape.member(name, value, naming), &place));
        let mut text = spoiled(pen, &spoil);
        for _ in 0..wraps {
            let mut pen = Pen { text: String::new(), dice: seed, name: 0..0, wanted: String::new() };
            pen.write(&Json::Object(vec![("payload".into(), Json::Text(text)), ("n".into(), Json::Plain("1"))]));
            text = pen.text;
        }
        Planted { text, secret }
    })
}

/// A secret in a text that is not JSON: a form, a header, a URL, a piece of XML.
pub(crate) fn planted_plainly() -> impl Strategy<Value = Planted> {
    (name(&[]), "[A-Z]{4}[A-Z0-9]{12}", "([a-z .]{0,8} )?", 0..8_u8).prop_map(|(name, secret, before, shape)| {
        let text = match shape {
            0 => format!("{before}a=b&{name}={secret}&c=d"),
            1 => format!("name={name}&value={secret}"),
            2 => format!("value={secret}&name={name}"),
            3 => format!("{before}{name}: {secret}"),
            4 => format!("{before}wss://h/p?{name}={secret}&a=b"),
            5 => format!("{before}https://{secret}:{secret}@h/p#{secret}"),
            6 => format!("<a>1</a><{name}>{secret}</{name}>"),
            _ => format!("{before}user[{name}]={secret}"),
        };
        Planted { text, secret }
    })
}

/// Puts the member into an object somewhere, or makes one for it.
fn plant(tree: Json, member: (String, Json), place: &[prop::sample::Index]) -> Json {
    match (tree, place) {
        (Json::Object(mut members), [at, rest @ ..]) => {
            let at = at.index(members.len() * 2 + 1);
            if let Some((_, inner)) = members.get_mut(at) {
                *inner = plant(inner.clone(), member, rest);
            } else {
                members.insert(at - members.len(), member);
            }
            Json::Object(members)
        }
        (Json::Array(mut items), [at, rest @ ..]) if !items.is_empty() => {
            let at = at.index(items.len());
            items[at] = plant(items[at].clone(), member, rest);
            Json::Array(items)
        }
        (tree, _) => Json::Object(vec![("beside".into(), tree), member]),
    }
}

/// Never inside the name: a member with another name is no secret.
fn spoiled(pen: Pen, spoil: &Spoil) -> String {
    let Pen { text, name, .. } = pen;
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).filter(|at| !(name.start..=name.end).contains(at)).collect();
    let at = |index: &prop::sample::Index| if places.is_empty() { 0 } else { places[index.index(places.len())] };
    match spoil {
        Spoil::Nothing => text,
        Spoil::Cut(index) => text[..at(index)].to_owned(),
        Spoil::Without(index) => {
            let (before, after) = text.split_at(at(index));
            before.to_owned() + after.get(after.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default()
        }
        Spoil::With(index, sign) => {
            let (before, after) = text.split_at(at(index));
            format!("{before}{sign}{after}")
        }
        Spoil::Behind(prefix) => format!("{prefix}{text}"),
    }
}

/// Writes JSON in random spelling: blanks between signs, letters as escapes.
struct Pen {
    text: String,
    dice: u64,
    /// Where the secret's name stands, without its quotes.
    name: std::ops::Range<usize>,
    wanted: String,
}

impl Pen {
    /// Knuth's MMIX generator.
    fn roll(&mut self) -> u64 {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.dice >> 33
    }

    fn write(&mut self, json: &Json) {
        match json {
            Json::Plain(text) => self.text.push_str(text),
            Json::Text(text) => {
                let place = self.quote(text);
                if *text == self.wanted {
                    self.name = place;
                }
            }
            Json::Array(items) => {
                self.sign('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        self.sign(',');
                    }
                    self.write(item);
                }
                self.sign(']');
            }
            Json::Object(members) => {
                self.sign('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        self.sign(',');
                    }
                    let place = self.quote(name);
                    if *name == self.wanted {
                        self.name = place;
                    }
                    self.sign(':');
                    self.write(value);
                }
                self.sign('}');
            }
        }
    }

    fn sign(&mut self, sign: char) {
        let blanks = ["", "", " ", "\n\t"];
        let (before, after) = (self.roll() as usize % 4, self.roll() as usize % 4);
        self.text.extend([blanks[before], &sign.to_string(), blanks[after]]);
    }

    fn quote(&mut self, text: &str) -> std::ops::Range<usize> {
        self.text.push('"');
        let start = self.text.len();
        for c in text.chars() {
            let escape = self.roll().is_multiple_of(16) && (c as u32) < 0x10000;
            match c {
                _ if escape => self.text.push_str(&format!("\\u{:04x}", c as u32)),
                '"' | '\\' => self.text.extend(['\\', c]),
                '\n' => self.text.push_str("\\n"),
                '\t' => self.text.push_str("\\t"),
                c => self.text.push(c),
            }
        }
        let end = self.text.len();
        self.text.push('"');
        start..end
    }
}
