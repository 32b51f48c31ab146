//! Owns what the README promises beside its example and its generated sections: that it is short, and leads somewhere.

use std::fs;
use std::path::Path;

/// A stranger reads it before anything else.
const LINES_MAX: usize = 150;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in a folder of the workspace")
}

#[test]
fn it_is_short() -> std::io::Result<()> {
    let lines = fs::read_to_string(root().join("README.md"))?.lines().count();
    assert!(lines <= LINES_MAX, "{lines} lines");
    Ok(())
}

#[test]
fn its_links_lead_somewhere() -> std::io::Result<()> {
    let readme = fs::read_to_string(root().join("README.md"))?;
    let links: Vec<&str> = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(links.len() > 5, "{links:?}");
    for link in links {
        assert!(root().join(link).exists(), "{link} leads nowhere");
    }
    Ok(())
}
