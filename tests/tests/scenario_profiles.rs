//! Owns the test of protocols in scenarios: what a message is to the link, whose configuration it is, and what is refused.

use relink_core::{Attempt, Backoff, Config, Event, Jitter, Millis, Report};
use relink_notation::{Said, Text};
use relink_profiles::Profile;
use relink_profiles::graphql::Server;
use relink_profiles::slack::Slack;
use relink_tests::scenario::{Bare, File, Scenario, bless, run};

fn only(text: &str) -> Scenario {
    let file = File::parse("a.scenario", text).unwrap_or_else(|failure| panic!("{}", failure.shown("a.scenario", text)));
    file.scenarios.into_iter().next().expect("a scenario")
}

fn refused(text: &str) -> String {
    File::parse("a.scenario", text).expect_err("no notation").shown("a.scenario", text).to_string()
}

fn said(step: &str) -> Said {
    only(&format!("profile slack\nlink\nat 1s {step}\n")).steps[0].step.left.said
}

#[test]
fn a_message_is_the_report_that_the_profile_makes_of_it() {
    assert_eq!(said(r#"text {"type":"hello"}"#), Said::OfLatest(Report::Accepted));
    assert_eq!(said(r#"text#7 { "type": "hello" }  -> ready wait -"#), Said::Whole(Event::Of(Attempt::from_number(7), Report::Accepted)));
    assert_eq!(Text(said(r#"text {"type":"disconnect","reason":"link_disabled"} roll=50%"#)).to_string(), "asked give-up");
    assert_eq!(said(r#"text {"type":"events_api","envelope_id":"1","payload":{}}"#), Said::OfLatest(Report::Heard));
    assert_eq!(said(r#"text {"type":}"#), Said::OfLatest(Report::Heard), "not understood, but heard");
}

#[test]
fn the_configuration_is_the_protocols_where_nothing_else_is_said() {
    let config = |link: &str| only(&format!("profile slack\n{link}  # why\nat 0s start\n")).header.config;
    assert_eq!(config("link"), Slack::CONFIG);
    assert_eq!(config("link overlap=none"), Config { overlap_max: Millis::ZERO, ..Slack::CONFIG });
    assert_eq!(config("link jitter=none"), Config { backoff: Backoff { jitter: Jitter::None, ..Slack::CONFIG.backoff }, ..Slack::CONFIG });
    assert_eq!(config("link backoff=grpc"), Config { backoff: Backoff::GRPC, ..Slack::CONFIG });
    assert_eq!(only("profile plain\nlink\nat 0s start\n").header.config, Config::DEFAULT);
    assert!(only("profile slack\nlink single\nat 0s start\n").header.single);
}

#[test]
fn each_side_of_a_protocol_has_a_name_of_its_own() {
    let said = |profile: &str, message: &str| {
        let scenario = only(&format!("profile {profile}\nlink\nat 1s text {message}\n"));
        Text(scenario.steps[0].step.left.said).to_string()
    };
    let disable = r#"{"post_type":"meta_event","meta_event_type":"lifecycle","sub_type":"disable"}"#;
    assert_eq!((said("onebot", disable), said("onebot-implementation", disable)), ("asked renew 3s".to_owned(), "heard".to_owned()));
    let init = r#"{"type":"connection_init"}"#;
    assert_eq!((said("graphql", init), said("graphql-server", init)), ("broken 4004".to_owned(), "accepted".to_owned()));
    assert_eq!(only("profile graphql-server\nlink\nat 0s start\n").header.config, Server::CONFIG);
}

#[test]
fn bless_writes_the_right_half_behind_the_message() {
    let text = "profile slack\nlink jitter=none\nat 0s start\nat 1s opened\nat 2s text {\"type\":\"hello\"}\n";
    let file = File::parse("a.scenario", text).expect("the notation");
    let runs: Vec<_> = file.scenarios.iter().map(|scenario| run(scenario, Bare::new)).collect();
    let blessed = bless(&file, &runs);
    assert!(blessed.ends_with("at 2s text {\"type\":\"hello\"}  -> ready       wait     12s\n"), "{blessed}");
    assert_eq!(run(&only(&blessed), Bare::new).failure(), None);
}

#[test]
fn what_names_no_protocol_is_refused_in_its_place() {
    assert!(refused("profile irc\nlink\n").starts_with("a.scenario:1:8: the profiles are `profile plain`, `profile slack`, "));
    assert!(refused("profile\nlink\n").contains("the profiles are"));
    assert!(refused("profile slack plain\nlink\n").contains("the profiles are"));
    assert!(refused("link\nat 0s text {}\n").starts_with("a.scenario:2:7: a message means nothing before a line such as `profile slack`"));
    assert!(refused("profile slack\nlink\nat 0s text hello\n").starts_with("a.scenario:3:7: "));
    // The columns behind a message are those of the line.
    let shown = refused("profile slack\nlink\nat 0s text {\"type\":\"hello\",\"num_connections\":1} -> nowhere wait -\n");
    assert!(shown.starts_with("a.scenario:3:52: the states are"), "{shown}");
}
