//! Owns who is to have which partition: a pure function, so that all workers come to the same result from the same sight.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Deals the partitions to the members: nobody has more than one more than another, and nothing changes hands that need not.
///
/// `owners` says whose each partition is at present, as far as that is known; an owner that is no member counts for nothing. Where there is
/// no member, nobody gets anything.
pub(super) fn share<'a, M: Ord>(members: &'a BTreeSet<M>, owners: &[Option<M>]) -> Box<[Option<&'a M>]> {
    let mut room = quotas(members, owners);
    let mut shares: Box<[_]> = owners.iter().map(|owner| kept(members, owner.as_ref()?, &mut room)).collect();
    let mut free = room.into_iter().flat_map(|(member, room)| (0..room).map(move |_| member));
    for share in shares.iter_mut().filter(|share| share.is_none()) {
        *share = free.next();
    }
    shares
}

/// How many each is to have. What does not come out even goes to those who have most already, so that they keep it.
fn quotas<'a, M: Ord>(members: &'a BTreeSet<M>, owners: &[Option<M>]) -> BTreeMap<&'a M, usize> {
    let held = |member: &M| owners.iter().flatten().filter(|owner| *owner == member).count();
    let mut ranked: Vec<(usize, &M)> = members.iter().map(|member| (held(member), member)).collect();
    ranked.sort_by_key(|(held, _)| Reverse(*held)); // Stable: of equals, the first by name.
    let each = owners.len().checked_div(ranked.len()).unwrap_or(0);
    let odd = owners.len().checked_rem(ranked.len()).unwrap_or(0);
    (0..).zip(ranked).map(|(rank, (_, member))| (member, each + usize::from(rank < odd))).collect()
}

/// The owner keeps it, if it is a member and has room.
fn kept<'a, M: Ord>(members: &'a BTreeSet<M>, owner: &M, room: &mut BTreeMap<&'a M, usize>) -> Option<&'a M> {
    let member = members.get(owner)?;
    let room = room.get_mut(member).filter(|room| **room > 0)?;
    *room -= 1;
    Some(member)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::share;

    type Shares = Vec<Option<u8>>;

    fn shared(members: &[u8], owners: &[Option<u8>]) -> Shares {
        share(&members.iter().copied().collect(), owners).iter().map(|share| share.copied()).collect()
    }

    fn counts(members: &BTreeSet<u8>, shares: &[Option<u8>]) -> Vec<usize> {
        members.iter().map(|member| shares.iter().filter(|share| **share == Some(*member)).count()).collect()
    }

    fn is_balanced(members: &BTreeSet<u8>, shares: &[Option<u8>]) -> bool {
        let counts = counts(members, shares);
        counts.iter().sum::<usize>() == shares.len() && counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1
    }

    fn kept(before: &[Option<u8>], after: &[Option<u8>]) -> usize {
        before.iter().zip(after).filter(|(before, after)| before == after).count()
    }

    /// Every way to deal so many partitions to these members.
    fn all_ways(members: &[u8], partitions: usize) -> Vec<Shares> {
        (0..partitions).fold(vec![vec![]], |ways, _| {
            ways.iter().flat_map(|way: &Shares| members.iter().map(move |member| [&way[..], &[Some(*member)]].concat())).collect()
        })
    }

    #[test]
    fn a_first_deal_is_even_and_a_newcomer_takes_no_more_than_its_part() {
        let nobody = [None; 8];
        assert_eq!(shared(&[], &nobody), nobody);
        let alone = shared(&[1], &nobody);
        assert_eq!(alone, [Some(1); 8]);
        let two = shared(&[1, 2], &alone);
        assert_eq!(two, [1, 1, 1, 1, 2, 2, 2, 2].map(Some));
        let three = shared(&[1, 2, 3], &two);
        assert_eq!((kept(&two, &three), counts(&[1, 2, 3].into(), &three)), (6, vec![3, 3, 2]));
        assert_eq!(shared(&[1, 2], &three), two, "the newcomer goes: its two are dealt");
        assert_eq!(counts(&(0..10).collect(), &shared(&Vec::from_iter(0..10), &nobody)), [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    }

    #[test]
    fn it_is_balanced_keeps_all_that_can_be_kept_and_is_at_rest_afterwards() {
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let mut rng = fastrand::Rng::with_seed(seed);
        for _ in 0..600 {
            let mut members: Vec<u8> = (0..rng.u8(1..=4)).map(|_| rng.u8(..6)).collect();
            let owners: Shares = (0..rng.usize(1..=5)).map(|_| Some(rng.u8(..6)).filter(|_| rng.u8(..4) > 0)).collect();
            let set: BTreeSet<u8> = members.iter().copied().collect();
            let shares = shared(&members, &owners);
            assert!(is_balanced(&set, &shares), "{members:?} {owners:?}: {shares:?}");
            let ways = all_ways(&Vec::from_iter(set.iter().copied()), owners.len());
            let most = ways.iter().filter(|way| is_balanced(&set, way)).map(|way| kept(&owners, way)).max();
            assert_eq!(Some(kept(&owners, &shares)), most, "{members:?} {owners:?}: {shares:?}");
            assert_eq!(shared(&members, &shares), shares, "what is dealt stays");
            rng.shuffle(&mut members);
            assert_eq!(shared(&members, &owners), shares, "in whatever order the members are told");
        }
    }
}
