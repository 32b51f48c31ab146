//! Owns the page the demonstration is written on: its width, its colours, a line of the timeline.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _, stdout};

use anstyle::{AnsiColor, Style};
use tokio::time::Instant;

use super::scenes::Scene;
use crate::terminal;
use crate::wording::counted;
use crate::wrap::lines;

/// No line is longer, however wide the terminal is.
const WIDTH_MAX: usize = 100;
/// Where nobody says how wide the page is.
const WIDTH: usize = 80;
/// Where the text of a line of the timeline begins.
const INDENT: usize = 30;

/// One colour for each scene, so that the eye can follow one of them.
const HUES: [AnsiColor; 6] =
    [AnsiColor::Cyan, AnsiColor::Magenta, AnsiColor::Yellow, AnsiColor::BrightBlue, AnsiColor::BrightCyan, AnsiColor::BrightMagenta];

/// Where the demonstration is written.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// When the timeline began.
    began: Instant,
    width: usize,
    /// A person looks at it: lines may be drawn.
    drawn: bool,
}

/// What a text is to be taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Bad,
    Aside,
    Plain,
}

/// Who is spoken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Server,
    Relink,
    Others,
}

impl Page {
    /// The standard output. Where it is no terminal, nothing is drawn; colours are left out there, and where `NO_COLOR` is set.
    pub(crate) fn new() -> Self {
        let width = terminal::width().unwrap_or(WIDTH);
        Self { began: Instant::now(), width: width.min(WIDTH_MAX), drawn: stdout().is_terminal() }
    }

    /// The longest line, in characters.
    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    /// Whether lines may be drawn; if not, everything is plain ASCII.
    pub(crate) const fn is_drawn(&self) -> bool {
        self.drawn
    }

    /// Prints a text and ends its line. Colours are taken out where they are not wanted; a reader that went away is no error.
    pub(crate) fn print(&self, text: &str) {
        let mut out = anstream::stdout().lock();
        let _gone = writeln!(out, "{text}").and_then(|()| out.flush());
    }

    /// The text in the colour of its tone.
    pub(crate) fn toned(&self, tone: Tone, text: &str) -> String {
        let style = tone.style();
        format!("{style}{text}{style:#}")
    }

    /// The name of a scene in its colour.
    pub(crate) fn name(&self, index: usize, name: &str) -> String {
        let style = Style::new().fg_color(HUES.get(index % HUES.len()).copied().map(Into::into)).bold();
        format!("{style}{name}{style:#}")
    }

    /// Prints what happened now in the scene of this index and name.
    pub(crate) fn line(&self, (index, name): (usize, &str), who: Who, tone: Tone, text: &str) {
        let seconds = self.began.elapsed().as_secs_f64();
        let style = tone.style();
        let mut page = String::new();
        for (number, line) in lines(text, self.width - INDENT, "").iter().enumerate() {
            let _infallible = match number {
                0 => write!(page, "{seconds:6.2} s  {}  {:6}  ", self.name(index, &format!("{name:10}")), who.name()),
                _ => write!(page, "\n{:INDENT$}", ""),
            };
            let _infallible = write!(page, "{style}{line}{style:#}");
        }
        self.print(&page);
    }
}

impl Tone {
    pub(crate) const fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Aside => Style::new().dimmed(),
            Self::Plain => Style::new(),
        }
    }
}

impl Who {
    const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Relink => "relink",
            Self::Others => "others",
        }
    }
}

/// What is going to be seen.
pub(crate) fn opening(page: &Page, scenes: &[&'static Scene], seed: u64) {
    let bold = Style::new().bold();
    let title = format!("relink: {} at once, each with a server of its own on loopback; seed {seed}", counted(scenes.len(), "scene"));
    lines(&title, page.width, "").iter().for_each(|line| page.print(&format!("{bold}{line}{bold:#}")));
    page.print("");
    for (index, scene) in scenes.iter().enumerate() {
        let shortened = scene.shortened.map(|what| (Tone::Aside, format!("shortened: {what}")));
        let texts = [(Tone::Plain, scene.what.to_owned())].into_iter().chain(shortened);
        let lines = texts.flat_map(|(tone, text)| lines(&text, page.width - 14, "").into_iter().map(move |line| (tone, line)));
        for (number, (tone, line)) in lines.enumerate() {
            let name = if number == 0 { scene.name } else { "" };
            page.print(&format!("  {}  {}", page.name(index, &format!("{name:10}")), page.toned(tone, &line)));
        }
    }
    page.print("");
}
