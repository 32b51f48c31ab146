//! The proof that writing and parsing agree: for every value, and for every text.

use core::fmt::{Debug, Display};
use core::str::FromStr;

use proptest::prelude::*;
use relink_core::{Action, Attempt, Backoff, CloseCode, Config, End, Event, Instant, Jitter, Millis, Reaction, Report, Verdict};
use relink_notation::{Beside, Elder, Ending, Error, Header, Left, Line, Next, Outcome, Said, StateWord, Step, Text, lines, parse_line};

fn millis() -> impl Strategy<Value = Millis> {
    prop_oneof![Just(0), Just(1), Just(u32::MAX), 0..100_000_u32, any::<u32>()].prop_map(Millis::new)
}

fn instant() -> impl Strategy<Value = Instant> {
    prop_oneof![Just(0), Just(u64::MAX), Just(u64::MAX - 1), 0..100_000_u64, any::<u64>()].prop_map(Instant::from_millis)
}

fn code() -> impl Strategy<Value = CloseCode> {
    any::<u16>().prop_map(CloseCode::new)
}

fn attempt() -> impl Strategy<Value = Attempt> {
    any::<u32>().prop_map(Attempt::from_number)
}

fn verdict() -> BoxedStrategy<Verdict> {
    prop_oneof![
        Just(Verdict::Retry),
        millis().prop_map(Verdict::RetryAfter),
        millis().prop_map(Verdict::RetryIn),
        millis().prop_map(Verdict::Postpone),
        millis().prop_map(|within| Verdict::Renew { within }),
        Just(Verdict::GiveUp),
    ]
    .boxed()
}

fn report() -> BoxedStrategy<Report> {
    prop_oneof![
        Just(Report::Opened),
        Just(Report::Accepted),
        Just(Report::Heard),
        millis().prop_map(Report::Pulse),
        Just(Report::Drained),
        verdict().prop_map(Report::Asked),
        verdict().prop_map(Report::Closed),
        code().prop_map(Report::Broken),
        verdict().prop_map(Report::Lost),
    ]
    .boxed()
}

fn event() -> BoxedStrategy<Event> {
    prop_oneof![
        Just(Event::Start),
        code().prop_map(Event::Stop),
        (instant(), code()).prop_map(|(until, code)| Event::Drain(until, code)),
        Just(Event::Timeout),
        (attempt(), report()).prop_map(|(attempt, report)| Event::Of(attempt, report)),
    ]
    .boxed()
}

fn said() -> BoxedStrategy<Said> {
    prop_oneof![event().prop_map(Said::Whole), report().prop_map(Said::OfLatest)].boxed()
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![Just(End::Stopped), Just(End::GivenUp), Just(End::Exhausted), Just(End::Over)]
}

fn next() -> impl Strategy<Value = Next> {
    prop_oneof![Just(Next::Dial), end().prop_map(Next::End)]
}

fn state() -> BoxedStrategy<StateWord> {
    let beside = prop_oneof![
        Just(Beside::Nothing),
        Just(Beside::Backoff),
        Just(Beside::Connecting),
        Just(Beside::Open),
        Just(Beside::Last),
        Just(Beside::Old),
        Just(Beside::OldClosing)
    ];
    let elder = prop_oneof![Just(Elder::Nothing), Just(Elder::Old), Just(Elder::OldDrained)];
    let ending = prop_oneof![Just(Ending::Nothing), Just(Ending::Abort), Just(Ending::Close), Just(Ending::Closing)];
    prop_oneof![
        Just(StateWord::Idle),
        Just(StateWord::Connecting),
        Just(StateWord::Open),
        beside.prop_map(StateWord::Ready),
        (any::<bool>(), elder, next()).prop_map(|(busy, older, then)| StateWord::Draining { busy, older, then }),
        (ending, next()).prop_map(|(ending, then)| StateWord::Closing(ending, then)),
        Just(StateWord::Backoff),
        end().prop_map(StateWord::Shutdown),
    ]
    .boxed()
}

fn reaction() -> BoxedStrategy<Reaction> {
    prop_oneof![
        Just(Reaction::Wait),
        Just(Reaction::Ignored),
        attempt().prop_map(|attempt| Reaction::Do(Action::Open(attempt))),
        attempt().prop_map(|attempt| Reaction::Do(Action::Ping(attempt))),
        (attempt(), code()).prop_map(|(attempt, code)| Reaction::Do(Action::Close(attempt, code))),
        attempt().prop_map(|attempt| Reaction::Do(Action::Abort(attempt))),
    ]
    .boxed()
}

fn outcome() -> BoxedStrategy<Outcome> {
    (state(), reaction(), prop::option::of(instant())).prop_map(|(state, reaction, deadline)| Outcome { state, reaction, deadline }).boxed()
}

fn step() -> BoxedStrategy<Step> {
    (any::<bool>(), instant(), any::<bool>(), said(), any::<u32>(), prop::option::of(outcome()))
        .prop_map(|(alternative, at, late, said, roll, right)| Step { left: Left { alternative, at, late, said, roll }, right })
        .boxed()
}

fn jitter() -> impl Strategy<Value = Jitter> {
    prop_oneof![
        Just(Jitter::None),
        Just(Jitter::Full),
        Just(Jitter::Equal),
        Just(Jitter::Decorrelated),
        any::<u8>().prop_map(Jitter::Around)
    ]
}

prop_compose! {
    fn backoff()(
        first_spread in millis(), delay_min in millis(), delay_max in millis(), growth_percent in any::<u16>(), jitter in jitter(),
        failures_max in any::<u32>(),
    ) -> Backoff {
        Backoff { first_spread, delay_min, delay_max, growth_percent, jitter, failures_max }
    }
}

prop_compose! {
    fn config()(
        backoff in backoff(),
        waits in prop::array::uniform11(millis()),
        lifetime_spread_percent in any::<u8>(),
        redial in any::<bool>(),
        timeout_code in code(),
    ) -> Config {
        let [
            opening_timeout, acceptance_timeout, ping_after, pong_timeout, closing_timeout, reset_after, start_spread, dial_gap_min,
            retry_after_max, overlap_max, lifetime_max,
        ] = waits;
        Config {
            backoff, opening_timeout, acceptance_timeout, ping_after, pong_timeout, closing_timeout, reset_after, start_spread,
            dial_gap_min, retry_after_max, overlap_max, lifetime_max, lifetime_spread_percent, redial, timeout_code,
        }
    }
}

fn again<T>(value: T) -> Result<(), TestCaseError>
where
    T: Copy + Debug + PartialEq,
    Text<T>: Display + FromStr<Err = Error>,
{
    let text = Text(value).to_string();
    let parsed = text.parse::<Text<T>>();
    prop_assert!(parsed.is_ok(), "`{}` was written but cannot be parsed: {:?}", text, parsed.err());
    prop_assert_eq!(parsed.map(|Text(value)| value), Ok(value), "`{}`", text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn times_and_events_are_read_as_they_were_written(millis in millis(), instant in instant(), verdict in verdict(), said in said()) {
        again(millis)?;
        again(instant)?;
        again(Some(instant))?;
        again(verdict)?;
        again(said)?;
        if let Said::Whole(event) = said {
            again(event)?;
        }
    }

    #[test]
    fn outcomes_are_read_as_they_were_written(outcome in outcome()) {
        again(outcome)?;
        again(outcome.state)?;
        again(outcome.reaction)?;
        again(outcome.deadline)?;
    }

    #[test]
    fn steps_are_read_as_they_were_written(step in step()) {
        again(step)?;
    }

    #[test]
    fn configurations_are_read_as_they_were_written(single in any::<bool>(), config in config()) {
        again(config)?;
        again(Header { single, config })?;
    }

    #[test]
    fn a_line_that_is_written_is_read_as_the_same_line(step in step(), single in any::<bool>(), config in config()) {
        let header = Header { single, config };
        let file = format!("# a comment\n{}\n\n  {}   # step\nnever ignored # claim\n", Text(header), Text(step));
        let read: Result<Vec<_>, _> = lines(&file).map(|line| line.map(|line| line.line)).collect();
        let claim = Line::Claim("never ignored ");
        prop_assert_eq!(read, Ok(vec![Line::Blank, Line::Link(header), Line::Blank, Line::Step(step), claim]));
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in ".{0,80}") {
        let _ = parse_line(&text);
        let _ = text.parse::<Text<Config>>();
        let _ = text.parse::<Text<StateWord>>();
        let _ = text.parse::<Text<Millis>>();
    }

    #[test]
    fn text_much_like_the_notation_is_read_without_a_panic(words in prop::collection::vec(WORDS, 0..12)) {
        let text = words.join(" ");
        if let Ok(Line::Step(step)) = parse_line(&text) {
            again(step)?;
        }
        if let Ok(Line::Link(header)) = parse_line(&text) {
            again(header)?;
        }
    }
}

const WORDS: &str = "(at|or|link|single|late|start|stop|drain|timeout|(lost|closed|asked)(#[0-9]{0,12})?|opened|heard#1|pulse|broken|retry|\
    renew|give-up|retry-after|->|ready(\\+(old|open|close|))?|closing(:stopped|:|)|wait|open|close|-|never|#[0-9]{1,3}|#|\
    [0-9]{1,25}(\\.[0-9]{0,12})?(ms|s|m|h|%)?|roll=[0-9]{0,11}(\\.[0-9]{1,30})?%?|backoff=[0-9]{1,3}s(\\.\\.[0-9]{1,3}s)?|backoff=grpc|\
    x[0-9]{1,6}%|lifetime=[0-9]{1,4}h(±|\\+-)[0-9]{1,3}%|jitter=(none|around[0-9]{1,3}%)|ping=none|redial=(yes|no|\\?)|ü€)";
