//! The tests of what a registry says to a person, and of what makes two of them different.

use relink_core::registry::{Admitted, Gone, Limits, Refusal, Registry, Slot};

use super::hashers::Plain;

type Table = Registry<u8, char, Vec<Slot<u8, char, u8>>, Plain, u8>;

#[test]
fn refusals_say_what_to_do() {
    for (refusal, does, raises) in
        [(Refusal::InAll, "try again", "raise"), (Refusal::OfGroup, "end another", "raise"), (Refusal::Memory, "try again", "lend more")]
    {
        let text = refusal.to_string();
        assert!(text.contains(does) && text.contains(raises), "{text}");
    }
    assert_eq!(Gone.to_string(), "this connection has ended");
}

#[test]
fn what_differs_is_not_equal() {
    let empty: Table = Registry::new(Limits::NONE, vec![Slot::EMPTY; 4], Plain);
    let mut one = empty.clone();
    let Admitted { key, .. } = one.admit(1, Some(1), 'a').expect("there is room");
    assert!(one != empty && one == one.clone());
    let mut other = one.clone();
    assert_eq!(other.identify(key, 2), Ok(None));
    assert!(other != one);
    let strict: Table = Registry::new(Limits { group_max: 1, ..Limits::NONE }, vec![Slot::EMPTY; 4], Plain);
    assert!(strict != empty && strict.limits() == Limits { connections_max: 0, group_max: 1 });
}

/// The end of the one before cannot remove the new one, however late it comes, and it cannot take its identity back.
#[test]
fn the_newest_wins_for_good() {
    let mut table: Table = Registry::new(Limits { connections_max: 1, group_max: 1 }, vec![Slot::EMPTY; 4], Plain);
    let old = table.admit(1, Some(7), 'a').expect("there is room").key;
    let Admitted { key: new, replaced } = table.admit(1, Some(7), 'b').expect("who is replaced is not counted");
    assert_eq!((replaced, table.find(&7), table.len(), table.replaced(), table.in_group(&1)), (Some(old), Some(new), 2, 1, 1));
    assert_eq!((table.identify(old, 7), table.identify(old, 8), table.get(old)), (Err(Gone), Err(Gone), Ok(&'a')));
    let removed = table.remove(old).expect("it is there until it has ended");
    assert_eq!((removed.identity, removed.value, removed.replaced), (Some(7), 'a', true));
    assert!(table.remove(old).is_err());
    assert_eq!((table.find(&7), table.get(new), table.len(), table.replaced()), (Some(new), Ok(&'b'), 1, 0));
}
