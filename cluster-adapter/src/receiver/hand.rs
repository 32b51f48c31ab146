//! Owns what is in hand: a bounded number of items, each in its lane's order, each with its time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tokio::time::Instant;

use super::Nature;
use super::judge::Stage;
use crate::Envelope;

/// What is in hand. Pure: it is told the time, and says what is to be done next.
#[derive(Debug)]
pub(super) struct Hand<A> {
    held: BTreeMap<u64, Held<A>>,
    /// Those that go through the queue, lane by lane: the first of each is being stored.
    lanes: Vec<VecDeque<u64>>,
    /// Those that wait behind another one, by when their time is up.
    waiting: BTreeSet<(Instant, u64)>,
    last: u64,
    max: usize,
}

/// One item.
#[derive(Debug)]
pub(super) struct Held<A> {
    pub(super) envelope: Envelope,
    pub(super) nature: Nature,
    /// Gone when it was acknowledged.
    pub(super) ack: Option<A>,
    /// When its time is up.
    pub(super) until: Instant,
    lane: Option<u16>,
}

impl<A> Held<A> {
    pub(super) const fn new(envelope: Envelope, nature: Nature, ack: A, until: Instant) -> Self {
        Self { envelope, nature, ack: Some(ack), until, lane: None }
    }

    pub(super) const fn stage(&self) -> Stage {
        if self.ack.is_some() { Stage::Fresh } else { Stage::Acknowledged }
    }
}

impl<A> Hand<A> {
    pub(super) fn new(lanes: u16, max: usize) -> Self {
        let lanes = (0..lanes.max(1)).map(|_| VecDeque::new()).collect();
        Self { held: BTreeMap::new(), lanes, waiting: BTreeSet::new(), last: 0, max: max.max(1) }
    }

    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    /// Takes an item that goes to no lane. Given back: there is no room.
    pub(super) fn take(&mut self, held: Held<A>) -> Result<u64, Held<A>> {
        if self.held.len() >= self.max {
            return Err(held);
        }
        self.last += 1;
        self.held.insert(self.last, held);
        Ok(self.last)
    }

    /// Takes an item that goes to this lane. The number is there if it is the first: it is to be stored now.
    pub(super) fn take_into(&mut self, lane: u16, held: Held<A>) -> Result<Option<u64>, Held<A>> {
        let number = self.take(Held { lane: Some(lane), ..held })?;
        let Some(queue) = self.lanes.get_mut(usize::from(lane)) else { return Ok(Some(number)) };
        queue.push_back(number);
        if queue.len() == 1 {
            return Ok(Some(number));
        }
        if let Some(held) = self.held.get(&number) {
            self.waiting.insert((held.until, number));
        }
        Ok(None)
    }

    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut Held<A>> {
        self.held.get_mut(&number)
    }

    /// Whether it waits behind another one.
    pub(super) fn is_waiting(&self, number: u64) -> bool {
        self.held.get(&number).is_some_and(|held| self.waiting.contains(&(held.until, number)))
    }

    /// Lets any item go; nothing is to be stored any more.
    pub(super) fn pop(&mut self) -> Option<Held<A>> {
        self.lanes.iter_mut().for_each(VecDeque::clear);
        self.waiting.clear();
        self.held.pop_first().map(|(_, held)| held)
    }

    /// Lets an item go. The number is that of the one behind it, if that is to be stored now.
    pub(super) fn let_go(&mut self, number: u64) -> Option<(Held<A>, Option<u64>)> {
        let held = self.held.remove(&number)?;
        self.waiting.remove(&(held.until, number));
        let Some(queue) = held.lane.and_then(|lane| self.lanes.get_mut(usize::from(lane))) else { return Some((held, None)) };
        let place = queue.iter().position(|other| *other == number);
        let _number = place.and_then(|place| queue.remove(place));
        let next = if place == Some(0) { queue.front().copied() } else { None };
        if let Some(next) = next
            && let Some(held) = self.held.get(&next)
        {
            self.waiting.remove(&(held.until, next));
        }
        Some((held, next))
    }

    /// An item waits on, until then.
    pub(super) fn prolong(&mut self, number: u64, until: Instant) {
        let Some(held) = self.held.get_mut(&number) else { return };
        if self.waiting.remove(&(held.until, number)) {
            self.waiting.insert((until, number));
        }
        held.until = until;
    }

    /// When the time of one that waits behind another is up. Those that are being stored or asked have their own alarm.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting.first().map(|(until, _)| *until)
    }

    /// One that waits behind another, and whose time is up.
    pub(super) fn due(&self, now: Instant) -> Option<u64> {
        self.waiting.first().filter(|(until, _)| *until <= now).map(|(_, number)| *number)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Hand, Held};
    use crate::Envelope;
    use crate::receiver::Nature;

    fn held(id: &str, until: Instant) -> Held<()> {
        let envelope = Envelope { id: id.into(), key: "".into(), payload: bytes::Bytes::new() };
        Held::new(envelope, Nature::ComesAgain, (), until)
    }

    #[test]
    fn one_of_a_lane_is_stored_at_a_time_in_the_order_of_their_coming() {
        let (mut hand, soon) = (Hand::new(4, 10), Instant::now());
        let first = hand.take_into(3, held("a", soon)).unwrap().expect("the first goes at once");
        assert_eq!(hand.take_into(3, held("b", soon)).unwrap(), None);
        assert_eq!(hand.take_into(3, held("c", soon)).unwrap(), None);
        let other = hand.take_into(1, held("d", soon)).unwrap().expect("another lane does not wait");
        let (gone, second) = hand.let_go(first).unwrap();
        assert_eq!(&*gone.envelope.id, "a");
        assert_eq!(&*hand.get_mut(second.unwrap()).unwrap().envelope.id, "b");
        let (_, third) = hand.let_go(second.unwrap()).unwrap();
        assert_eq!(&*hand.get_mut(third.unwrap()).unwrap().envelope.id, "c");
        assert_eq!(hand.let_go(third.unwrap()).unwrap().1, None);
        assert!(hand.let_go(first).is_none(), "once");
        assert_eq!(hand.let_go(other).unwrap().1, None);
        assert_eq!(hand.len(), 0);
    }

    #[test]
    fn what_waits_has_its_time_and_what_is_stored_has_none_here() {
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        let mut hand = Hand::new(1, 10);
        let first = hand.take_into(0, held("a", after(1))).unwrap().unwrap();
        assert_eq!(hand.deadline(), None, "it has its own alarm");
        hand.take_into(0, held("b", after(3))).unwrap();
        hand.take_into(0, held("c", after(2))).unwrap();
        assert_eq!((hand.deadline(), hand.due(after(1))), (Some(after(2)), None));
        let due = hand.due(after(2)).unwrap();
        let (gone, next) = hand.let_go(due).unwrap();
        assert_eq!((&*gone.envelope.id, next), ("c", None), "the one before it is still being stored");
        let second = hand.due(after(9)).unwrap();
        hand.prolong(second, after(20));
        assert_eq!((hand.deadline(), hand.due(after(9))), (Some(after(20)), None));
        assert_eq!(hand.let_go(first).unwrap().1, Some(second));
        assert_eq!(hand.deadline(), None, "it is being stored now");
    }

    #[test]
    fn there_is_no_room_for_more_than_allowed() {
        let (mut hand, soon) = (Hand::new(1, 2), Instant::now());
        let first = hand.take(held("a", soon)).unwrap();
        hand.take_into(0, held("b", soon)).unwrap();
        assert_eq!(&*hand.take(held("c", soon)).unwrap_err().envelope.id, "c", "given back");
        assert_eq!(&*hand.take_into(0, held("d", soon)).unwrap_err().envelope.id, "d");
        hand.let_go(first).unwrap();
        hand.take(held("e", soon)).unwrap();
    }
}
