//! Owns what the super-loop promises: it survives what its modem and its server do to it, in the order they do it.

use std::io;
use std::process::Command;

#[test]
fn it_survives() -> io::Result<()> {
    let output = Command::new(env!("CARGO_BIN_EXE_super_loop")).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    // The word that each trouble ends with.
    let mut rest = &*said;
    for what in [
        "the modem got no connection",
        "(the server is up)",
        " up\n",
        "(the server restarts)",
        "down: the peer ended the connection without a Close",
        " up\n",
        "(the modem starts anew)",
        "down: the peer ended the connection without a Close",
        " up\n",
        "(the server stands still)",
        "down: the peer did not answer a ping in time",
        "(the server goes on)",
        " up\n",
        "(the modem gets stuck)",
        "down: the peer did not answer a ping in time",
        " up\n",
        "(the last command)",
        "down: the link was stopped",
        "survived: ",
    ] {
        let (_, after) = rest.split_once(what).unwrap_or_else(|| panic!("{what} does not follow in: {said}"));
        rest = after;
    }
    Ok(())
}
