//! Owns what the watch can be told, and the sentences for what means nothing.

use std::path::PathBuf;

use relink_notation::Text;
use relink_tokio::ws::Request;
use relink_tokio::{Backoff, Millis};

/// What the watch can be told.
#[derive(Clone, Debug, clap::Args)]
#[group(id = "watch", requires = "url")]
pub struct Options {
    /// Adds a header to every upgrade, as 'Name: value'; may be given several times
    #[arg(long, value_name = "HEADER")]
    header: Vec<String>,
    /// Asks for a subprotocol; may be given several times, the most preferred first
    #[arg(long, value_name = "NAME")]
    subprotocol: Vec<String>,
    /// The delays between attempts: interactive, fleet, grpc, rfc6455, or one delay such as fixed=3s
    #[arg(long, value_name = "POLICY", default_value = "interactive", value_parser = policy)]
    pub(super) policy: Backoff,
    /// Prints one JSON object per line
    #[arg(long)]
    pub(super) json: bool,
    /// Logs every frame both ways into this file, the secrets in it hidden
    #[arg(long, value_name = "FILE")]
    pub(super) log: Option<PathBuf>,
    /// Hides JSON members of this name in the log too; may be given several times
    #[arg(long, value_name = "MEMBER", requires = "log")]
    pub(super) hide: Vec<String>,
}

impl Options {
    /// The request for every attempt. What is wrong is said without the values: they may be secrets.
    pub(super) fn request(&self, url: &str) -> Result<Request, String> {
        let mut request = Request::new(url).map_err(|fault| fault.to_string())?;
        for (header, number) in self.header.iter().zip(1..) {
            let colon = || format!("--header number {number} has no colon: a header is given as 'Name: value'");
            let (name, value) = header.split_once(':').ok_or_else(colon)?;
            request = request.header(name.trim(), value.trim()).map_err(|fault| format!("--header number {number}: {fault}"))?;
        }
        for name in &self.subprotocol {
            request = request.subprotocol(name).map_err(|fault| fault.to_string())?;
        }
        Ok(request)
    }
}

fn policy(text: &str) -> Result<Backoff, String> {
    match text {
        "interactive" => Ok(Backoff::INTERACTIVE),
        "fleet" => Ok(Backoff::FLEET),
        "grpc" => Ok(Backoff::GRPC),
        "rfc6455" => Ok(Backoff::RFC6455),
        _ => {
            let delay = text.strip_prefix("fixed=").ok_or("it is interactive, fleet, grpc, rfc6455, or one delay such as fixed=3s")?;
            let Text(delay) = delay.parse::<Text<Millis>>().map_err(|error| error.problem.to_string())?;
            Ok(Backoff::fixed(delay))
        }
    }
}
