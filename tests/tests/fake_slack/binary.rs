//! Owns the tests of the `fake_slack` command: what it prints and understands, and how it ends.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::{Answer, Failure, Socket, TOKEN, Tested, ack, http_at, json, open, refused};

/// A running command; dropped, it is killed.
struct Running {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    address: String,
}

impl Running {
    async fn start(args: &[&str]) -> Result<Self, Failure> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fake_slack"));
        let mut child = command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let stdin = child.stdin.take().ok_or("no stdin")?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no stdout")?).lines();
        let url = lines.next_line().await?.ok_or("nothing said")?;
        let address = url.strip_prefix("http://").and_then(|url| url.strip_suffix("/api/")).ok_or("no URL")?.to_owned();
        Ok(Self { child, stdin, lines, address })
    }

    async fn ask(&mut self, line: &str) -> Result<String, Failure> {
        self.stdin.write_all(format!("{line}\n").as_bytes()).await?;
        Ok(self.lines.next_line().await?.ok_or("no answer")?)
    }

    async fn book(&mut self) -> Result<Value, Failure> {
        Ok(serde_json::from_str(&self.ask("book").await?)?)
    }

    async fn call(&self) -> Result<Answer, Failure> {
        let head = "POST /api/apps.connections.open HTTP/1.1\r\nHost: slack\r\nConnection: close\r\nContent-Length: 0\r\n";
        http_at(&self.address, &format!("{head}Authorization: Bearer {TOKEN}\r\n\r\n")).await
    }

    async fn url(&self) -> Result<String, Failure> {
        Ok(self.call().await?.json()?["url"].as_str().ok_or("no url")?.to_owned())
    }

    async fn ready(&self) -> Result<Socket, Failure> {
        let mut socket = open(&self.url().await?).await?;
        assert_eq!(json(&mut socket).await?["type"], "hello");
        Ok(socket)
    }
}

#[tokio::test]
async fn the_command_is_scripted_by_flags_and_lines() -> Tested {
    let mut slack = Running::start(&["--calls", "429/30, error:fatal_error", "--links", "409*2", "--burst", "4"]).await?;
    assert_eq!(slack.call().await?.header("retry-after"), Some("30"));
    assert_eq!(slack.call().await?.error()?, "fatal_error");
    assert_eq!([refused(&slack.url().await?).await?, refused(&slack.url().await?).await?], [409, 409]);
    let mut socket = slack.ready().await?;
    let id = slack.ask(r#"send events_api {"a": [1, 2]}"#).await?;
    let envelope = json(&mut socket).await?;
    assert_eq!((&envelope["envelope_id"], &envelope["payload"]["a"][1]), (&id.as_str().into(), &2.into()));
    ack(&mut socket, &id).await?;
    assert_eq!(slack.ask("tell 1 warning").await?, "ok");
    assert_eq!(json(&mut socket).await?["reason"], "warning");
    assert_eq!(slack.ask("links hang!").await?, "ok");
    assert_eq!(slack.ask("haunt 3").await?, "ok");
    assert_eq!(slack.ask("warn 9").await?, "not registered");
    assert!(slack.ask("sing").await?.starts_with("'sing' is not understood; expected send KIND PAYLOAD"));
    let url = slack.url().await?;
    let hanging = tokio::time::timeout(Duration::from_millis(100), TcpStream::connect(&slack.address)).await;
    assert!(hanging.is_ok() && tokio::time::timeout(Duration::from_millis(100), open(&url)).await.is_err());
    assert_eq!(slack.call().await?.status, 429, "four calls were allowed");
    let book = slack.book().await?;
    assert_eq!((&book["registered"], &book["counts"]["acknowledged"], &book["counts"]["posted"]), (&4.into(), &1.into(), &1.into()));
    assert_eq!(book["dials"].as_array().map(Vec::len), Some(4));
    assert_eq!((&book["calls"][1]["what"], &book["dials"][3]["what"]), (&"Error(FatalError)".into(), &"None".into()));
    slack.stdin.write_all(b"quit\n").await?;
    assert!(slack.child.wait().await?.success());
    Ok(())
}

#[tokio::test]
async fn on_a_leash_it_ends_with_its_input_and_otherwise_not() -> Tested {
    let Running { mut child, stdin, lines, .. } = Running::start(&["--leash"]).await?;
    drop(stdin);
    assert!(child.wait().await?.success());
    drop(lines);
    let Running { mut child, stdin, lines: _lines, address } = Running::start(&[]).await?;
    drop(stdin);
    assert!(tokio::time::timeout(Duration::from_millis(100), child.wait()).await.is_err());
    TcpStream::connect(&address).await?;
    child.kill().await?;
    Ok(())
}

#[tokio::test]
async fn flags_that_make_no_sense_are_said_so() -> Tested {
    let output = Command::new(env!("CARGO_BIN_EXE_fake_slack")).args(["--links", "nothello"]).output().await?;
    let said = String::from_utf8(output.stderr)?;
    assert!(!output.status.success() && said.contains("'nothello' is not understood; expected a status"), "{said}");
    Ok(())
}
