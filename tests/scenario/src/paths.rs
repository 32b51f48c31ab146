//! Owns the paths through a scenario.

use alloc::vec::Vec;

/// The paths, each from the beginning, as positions among the steps, of which is said whether they begin with `or`: first the main
/// path, which takes every step without it; then one for each step with it, which takes it in place of the main step before it.
pub(super) fn paths(alternatives: &[bool]) -> impl Iterator<Item = Vec<usize>> {
    let main = |before: usize| -> Vec<usize> { (0..before).filter(|at| alternatives.get(*at) == Some(&false)).collect() };
    let tried = alternatives.iter().enumerate().filter(|(_, alternative)| **alternative).map(move |(at, _)| {
        let mut path = main(at);
        path.pop();
        path.push(at);
        path
    });
    core::iter::once(main(alternatives.len())).chain(tried)
}
